using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1001VanishingGradientTests
{
    private const string DeepSigmoid = "for (var i = 0; i < 12; i++) { list.Add(($\"fc{i}\", Linear(64, 64))); list.Add(($\"act{i}\", Sigmoid())); } list.Add((\"head\", Linear(64, 4)));";

    /// <summary>Models that keep their gradient, or of which too little is known. None of them may be reported.</summary>
    public static TheoryData<string, string> Healthy => new()
    {
        { "shallow sigmoid", Net("Sequential(Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 1))") },
        { "sigmoid as the output", Net("Sequential(Linear(8, 64), ReLU(), Linear(64, 64), ReLU(), Linear(64, 1), Sigmoid())") },
        { "deep ReLU at the default, which Adam trains", Net("Sequential(Enumerable.Range(0, 15).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), ReLU() }))") },
        { "wide layer before a narrow head", Net("Sequential(Linear(100, 100000), ReLU(), Linear(100000, 1))") },
        { "global pooling", Net("Sequential(Conv2d(3, 64, 3), ReLU(), Conv2d(64, 64, 3), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Linear(64, 10))") },
        { "normalised sigmoid", Net("Sequential(Enumerable.Range(0, 30).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), BatchNorm1d(64), Sigmoid() }))") },
        { "tanh with Xavier", Net("Sequential(Enumerable.Range(0, 30).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), Tanh() }))", "foreach (var m in modules()) if (m is Linear l) init.xavier_uniform_(l.weight, 5.0 / 3);") },
        { "residual sigmoid", Class("private readonly ModuleList<Linear> l = new ModuleList<Linear>();", "for (int i = 0; i < 30; i++) l.Add(Linear(64, 64));", "foreach (var f in l) x = x + f.call(x).sigmoid(); return x;") },
        { "squeeze and excitation", Class("private readonly Linear a = Linear(64, 4), b = Linear(4, 64), c = Linear(64, 64);", "", "for (int i = 0; i < 20; i++) { var g = torch.sigmoid(b.call(functional.relu(a.call(x)))); x = functional.relu(c.call(x)) * g + x; } return x;") },
        { "an unknown module inside", Class("private readonly Module<Tensor, Tensor> f; private readonly Linear head = Linear(4, 4);", "f = Make();", "for (int i = 0; i < 20; i++) x = torch.sigmoid(f.call(x)); return head.call(x);", "static Module<Tensor, Tensor> Make() => throw new NotImplementedException();") },
        { "unknown depth", "class Net : Module<Tensor, Tensor> { private readonly Sequential layers = Sequential(); public Net(int depth) : base(\"n\") { for (int i = 0; i < depth; i++) { layers.append(Linear(64, 64)); layers.append(Sigmoid()); } RegisterComponents(); } public override Tensor forward(Tensor x) => layers.call(x); }" },
        { "initialised by something unknown", Net(DeepSigmoid, "Weights.Init(this);", "static class Weights { public static void Init(Module m) { foreach (var p in m.parameters()) p.copy_(torch.rand(1)); } }") },
        { "loaded", Net(DeepSigmoid, "this.load(\"weights.dat\");") },
        { "a sum over positions in the middle", Class("private readonly Linear a = Linear(8, 8), b = Linear(8, 8);", "", "for (int i = 0; i < 20; i++) x = torch.sigmoid(a.call(x)); return b.call(torch.cumsum(x, 1));") },
        { "an activation that is replaced", Class("private readonly Sequential layers; private Module<Tensor, Tensor> act = Sigmoid();", "act = ReLU(); layers = Sequential(Enumerable.Range(0, 12).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), act }));", "return layers.call(x);") },
    };

    [Theory]
    [MemberData(nameof(Healthy))]
    public async Task Healthy_or_unknown_model_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Diagnostics(code));
    }

    [Fact]
    public async Task Deep_sigmoid_stack_is_reported_with_its_figures()
    {
        var diagnostic = Assert.Single(await Diagnostics(Net(DeepSigmoid)));
        Assert.Equal(DiagnosticSeverity.Warning, diagnostic.Severity);
        var ratio = double.Parse(diagnostic.Properties["gradientRatio"]!, CultureInfo.InvariantCulture);
        var depth = double.Parse(diagnostic.Properties["depthFactor"]!, CultureInfo.InvariantCulture);
        Assert.InRange(Math.Log10(depth), -10.6, -9.8);
        Assert.Equal("layers.fc0", diagnostic.Properties["layer"]);
        Assert.Equal("layers.head", diagnostic.Properties["lastLayer"]);
        Assert.StartsWith(
            $"the gradient at 'layers.fc0' is predicted to be {Figures.ForPeople(ratio)} of the gradient at 'layers.head': 12 sigmoid layers, x0.14 each",
            diagnostic.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Equal("Linear(64, 64)", Text(diagnostic.Location));
    }

    [Fact]
    public async Task Fields_and_functional_sigmoid_are_reported_at_the_first_field()
    {
        var diagnostic = Assert.Single(await Diagnostics(Class(
            "private readonly Linear fc0 = Linear(32, 32), fc1 = Linear(32, 32), fc2 = Linear(32, 32), fc3 = Linear(32, 32), fc4 = Linear(32, 32), fc5 = Linear(32, 32), fc6 = Linear(32, 32), fc7 = Linear(32, 32), fc8 = Linear(32, 32); private readonly Linear head;",
            "head = Linear(32, 2);",
            "x = functional.sigmoid(fc0.forward(x)); x = torch.sigmoid(fc1.forward(x)); x = fc2.forward(x).sigmoid(); x = functional.sigmoid(fc3.call(x)); x = functional.sigmoid(fc4.call(x)); x = functional.sigmoid(fc5.call(x)); x = fc6.call(x).sigmoid(); x = fc7.call(x).sigmoid(); x = fc8.call(x).sigmoid(); return head.call(x);")));
        Assert.Equal("fc0", diagnostic.Properties["layer"]);
        Assert.Equal("head", diagnostic.Properties["lastLayer"]);
        Assert.Equal("Linear(32, 32)", Text(diagnostic.Location));
        Assert.Equal(8, diagnostic.AdditionalLocations.Count);
    }

    [Fact]
    public async Task Sequential_in_ordinary_code_is_reported()
    {
        var diagnostic = Assert.Single(await Diagnostics($$"""
            var list = new List<(string, Module<Tensor, Tensor>)>();
            {{DeepSigmoid}}
            var model = Sequential(list);
            var optimizer = torch.optim.Adam(model.parameters());
            for (int epoch = 0; epoch < 10; epoch++)
            {
                optimizer.zero_grad();
                var loss = functional.cross_entropy(model.call(torch.randn(4, 64)), torch.zeros(4, ScalarType.Int64));
                loss.backward();
                optimizer.step();
                Console.WriteLine(loss.item<float>());
            }
            """));
        Assert.Equal("fc0", diagnostic.Properties["layer"]);
    }

    [Fact]
    public async Task Threshold_is_an_option()
    {
        var code = Net("Sequential(Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 1))");
        Assert.Empty(await Diagnostics(code));
        Assert.Single(await Driver.Diagnostics(
            Driver.Compile(code), [new ModelGraphAnalyzer()], ("stability.gradient_flow.vanishing_threshold", "0.01")));
    }

    private static async Task<IReadOnlyList<Diagnostic>> Diagnostics(string code)
    {
        Assert.Empty(Driver.Compile(code).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return [.. (await Driver.Diagnostics(code, new ModelGraphAnalyzer())).Where(diagnostic => diagnostic.Id == "STAB1001")];
    }

    private static string Text(Location location) => location.SourceTree!.GetText().ToString(location.SourceSpan);

    private static string Net(string layers, string then = "", string more = "") => layers.StartsWith("Sequential", StringComparison.Ordinal)
        ? Class("private readonly Sequential layers;", $"layers = {layers}; RegisterComponents(); {then}", "return layers.call(x);", "", more)
        : Class("private readonly Sequential layers;", $"var list = new List<(string, Module<Tensor, Tensor>)>(); {layers} layers = Sequential(list); RegisterComponents(); {then}", "return layers.call(x);", "", more);

    private static string Class(string fields, string constructor, string forward, string members = "", string more = "") => $$"""
        {{more}}
        class Net : Module<Tensor, Tensor>
        {
            {{fields}}
            public Net() : base("net") { {{constructor}} RegisterComponents(); }
            public override Tensor forward(Tensor x) { {{forward}} }
            {{members}}
        }
        """;
}
