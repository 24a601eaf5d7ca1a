using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1005RepeatedBlockTests
{
    private const string Each = "foreach (var layer in layers) x = functional.sigmoid(layer.call(x));";

    public static TheoryData<string, string> Silent => new()
    {
        { "the default of the parameter is the count", List("int depth = 3", "layers.Add(Linear(64, 64));", Each) },
        { "the count is known where it is made", List("int depth", "layers.Add(Linear(64, 64));", Each) + "static class P { static Module<Tensor, Tensor> M() => new Net(3); }" },
        { "a factor near 1", List("int depth", "var l = Linear(64, 64); init.kaiming_normal_(l.weight); layers.Add(l);", "foreach (var layer in layers) x = functional.relu(layer.call(x));") },
        { "normalised", List("int depth", "layers.Add(Sequential(Linear(64, 64), LayerNorm(64), ReLU()));", "foreach (var layer in layers) x = layer.call(x);", "Module<Tensor, Tensor>") },
        { "residual", List("int depth", "layers.Add(Linear(64, 64));", "foreach (var layer in layers) x = x + functional.relu(layer.call(x));") },
        { "residual of He", List("int depth", "var l = Linear(64, 64); init.kaiming_normal_(l.weight); layers.Add(l);", "foreach (var layer in layers) x = x + functional.relu(layer.call(x));") },
        { "a width that changes", List("int depth", "layers.Add(Linear(64 >> i, 32 >> i));", Each) },
        { "a width of an unknown list", List("int depth, int[] widths", "layers.Add(Linear(widths[i], widths[i + 1]));", Each) },
        { "a gain that changes", List("int depth", "var l = Linear(64, 64); init.xavier_normal_(l.weight, i + 1); layers.Add(l);", Each) },
        { "a condition on the counter", List("int depth", "if (i % 2 == 0) layers.Add(Linear(64, 64)); else layers.Add(Linear(64, 64, false));", Each) },
        { "a condition in forward", List("int depth", "layers.Add(Linear(64, 64));", "for (var i = 0; i < layers.Count; i++) x = i % 2 == 0 ? layers[i].call(x) : functional.sigmoid(layers[i].call(x));") },
        { "another layer each time", List("int depth", "layers.Add(Linear(64, 64));", "for (var i = 0; i < layers.Count; i++) x = functional.sigmoid(layers[layers.Count - 1 - i].call(x));") },
        { "shared weights", List("int depth", "layers.Add(shared);", Each, more: "private readonly Linear shared = Linear(64, 64);") },
        { "one layer many times", List("int depth", "layers.Add(Linear(64, 64));", "for (var i = 0; i < layers.Count; i++) x = functional.sigmoid(layers[0].call(x));") },
        { "an unknown function in the loop", List("int depth", "layers.Add(Linear(64, 64));", "foreach (var layer in layers) x = layer.call(x).cumsum(1);") },
        { "an unknown activation", List("int depth, Func<Tensor, Tensor> act", "layers.Add(Linear(64, 64));", "foreach (var layer in layers) x = act(layer.call(x));", more: "private readonly Func<Tensor, Tensor> act = null!;") },
        { "an unknown initialiser", List("int depth, double std", "var l = Linear(64, 64); init.normal_(l.weight, 0, std); layers.Add(l);", Each) },
        { "initialised elsewhere", List("int depth", "layers.Add(Linear(64, 64));", Each) + "static class P { static void Run(Net n) { n.load(\"n.dat\"); } }" },
        { "a second signal", List("int depth", "layers.Add(Linear(64, 64));", "var y = x; foreach (var layer in layers) { x = functional.sigmoid(layer.call(x)); y = y + x; } x = y;") },
        { "the input again in each pass", List("int depth", "layers.Add(Linear(64, 64));", "var start = x; foreach (var layer in layers) { x = functional.sigmoid(layer.call(x)) + start; }") },
        { "a loop that is left early", List("int depth", "layers.Add(Linear(64, 64));", "foreach (var layer in layers) { x = functional.sigmoid(layer.call(x)); if (x.numel() > 3) break; }") },
        { "the layers are put in another order", List("int depth", "layers.Add(Linear(64, 64));", "foreach (var layer in layers.Reverse()) x = functional.sigmoid(layer.call(x));") },
    };

    [Theory]
    [MemberData(nameof(Silent))]
    public async Task Loop_that_is_healthy_or_not_known_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1005", code));
    }

    public static TheoryData<string, string> Sigmoids => new()
    {
        { "list and foreach", List("int depth", "layers.Add(Linear(64, 64));", Each) },
        { "append", List("int depth", "layers.append(Linear(64, 64));", Each) },
        { "counter in forward", List("int depth", "layers.Add(Linear(64, 64));", "for (var i = 0; i < layers.Count; i++) x = functional.sigmoid(layers[i].call(x));") },
        { "depth in forward", List("int depth", "layers.Add(Linear(64, 64));", "for (var i = 0; i < depth; i++) { var z = layers[i].forward(x); x = z.sigmoid(); }", more: "private readonly int depth;", after: "this.depth = depth;") },
        { "in place", List("int depth", "layers.Add(Linear(64, 64));", "foreach (var layer in layers) { x = layer.call(x); x.sigmoid_(); }") },
        { "a block of its own", List("int depth", "layers.Add(new Block(64));", "foreach (var layer in layers) x = layer.call(x);", "Block") + Block },
        { "a Sequential in each pass", List("int depth", "layers.Add(Sequential(Linear(64, 64), Sigmoid()));", "foreach (var layer in layers) x = layer.call(x);", "Module<Tensor, Tensor>") },
        { "a condition that only the first pass meets", List("int depth", "layers.Add(Linear(i == 0 ? 32 : 64, 64));", Each) },
        { "a width that the first pass sets", List("int depth", "layers.Add(Linear(width, 64)); width = 64;", Each, before: "var width = 32;") },
        { "a width that is not known", List("int depth, int width", "layers.Add(Linear(width, width));", Each) },
        { "the first pass of a counted loop in forward", List("int depth", "layers.Add(Linear(i == 0 ? 32 : 64, 64));", "for (var i = 0; i < layers.Count; i++) x = functional.sigmoid(layers[i].call(x));") },
        { "initialised afterwards", List("int depth", "layers.Add(Linear(64, 64));", Each, after: "RegisterComponents(); foreach (var m in modules()) if (m is Linear l) init.xavier_uniform_(l.weight);") },
        { "named parts of a Sequential", Sequence("var parts = new List<(string, Module<Tensor, Tensor>)> { (\"in\", Linear(32, 64)) }; for (var i = 0; i < depth; i++) { parts.Add(($\"fc{i}\", Linear(64, 64))); parts.Add(($\"act{i}\", Sigmoid())); } parts.Add((\"out\", Linear(64, 4))); layers = Sequential(parts);") },
        { "parts of a Sequential", Sequence("var parts = new List<Module<Tensor, Tensor>>(); for (var i = 0; i < depth; i++) { parts.Add(Linear(64, 64)); parts.Add(Sigmoid()); } parts.Add(Linear(64, 4)); layers = Sequential(parts.ToArray());") },
        { "appended to a Sequential", Sequence("layers = Sequential(); for (var i = 0; i < depth; i++) { layers.append($\"fc{i}\", Linear(64, 64)); layers.append($\"act{i}\", Sigmoid()); } layers.append(\"out\", Linear(64, 4));") },
        { "a sequence of the language", Sequence("layers = Sequential(Enumerable.Range(0, depth).Select(i => (Module<Tensor, Tensor>)Sequential(Linear(64, 64), Sigmoid())).Append(Linear(64, 4)));") },
        { "several for each number", Sequence("layers = Sequential(Enumerable.Range(0, depth).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), Sigmoid() }).Append(Linear(64, 4)));") },
    };

    [Theory]
    [MemberData(nameof(Sigmoids))]
    public async Task Repeated_sigmoid_layers_are_information(string what, string code)
    {
        Assert.NotEmpty(what);
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1005", code));
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        Assert.Contains(what == "a block of its own" ? "new Block(64)" : "Linear(", diagnostic.Text(), StringComparison.Ordinal);

        // The default multiplies by 0.141, Xavier by 0.24.
        Assert.InRange(diagnostic.Number("factorPerPass"), 0.13, 0.26);
        Assert.InRange(diagnostic.Number("passes"), 1.4, 2.3);
        Assert.Contains("5 % are left after", diagnostic.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Growth_is_reported_too()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1005", List("int depth", "var l = Linear(64, 64); init.normal_(l.weight, 0, 0.25); layers.Add(l);", "foreach (var layer in layers) x = functional.relu(layer.call(x));")));

        // sqrt(64 / 16 / 2)
        Assert.Equal(1.414, diagnostic.Number("factorPerPass"), 0.01);
        Assert.Contains("'layers.*' is predicted to multiply the gradient by 1.4", diagnostic.Message(), StringComparison.Ordinal);
    }

    private const string Block = "class Block : Module<Tensor, Tensor> { private readonly Linear fc; public Block(int n) : base(\"b\") { fc = Linear(n, n); RegisterComponents(); } public override Tensor forward(Tensor x) => fc.call(x).sigmoid(); }";

    private static string List(string parameters, string pass, string forward, string type = "Linear", string more = "", string before = "", string after = "") => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<{{type}}> layers = new ModuleList<{{type}}>();
            private readonly Linear head = Linear(64, 4);
            {{more}}
            public Net({{parameters}}) : base("net")
            {
                {{before}}
                for (var i = 0; i < depth; i++)
                {
                    {{pass}}
                }
                {{after}}
                RegisterComponents();
            }
            public override Tensor forward(Tensor x)
            {
                {{forward}}
                return head.call(x);
            }
        }
        """;

    private static string Sequence(string constructor) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers;
            public Net(int depth) : base("net")
            {
                {{constructor}}
                RegisterComponents();
            }
            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """;
}
