using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>A module that others change after its constructor is not what the constructor makes.</summary>
public sealed class LaterChangesTests
{
    private const string Sick = "for (var i = 0; i < 16; i++) { layers.append(Linear(64, 64)); layers.append(Sigmoid()); } layers.append(Linear(64, 2)); RegisterComponents();";

    private static string Net(string field, string more = "", string rest = "") => $$"""
        class Net : Module<Tensor, Tensor>
        {
            {{field}}
            {{more}}
            public Net() : base("net") { {{Sick}} }
            public override Tensor forward(Tensor x) => layers.call(x);
        }
        {{rest}}
        """;

    public static TheoryData<string> Changed => new(
        Net("public readonly Sequential layers = Sequential();", rest: "static class P { static void Main() { var net = new Net(); net.layers.append(LayerNorm(64)); } }"),
        Net("public Sequential layers { get; } = Sequential();", rest: "static class P { static void Main() { var net = new Net(); net!.layers!.append(LayerNorm(64)); } }"),
        Net("public Sequential layers = Sequential();", rest: "static class P { static void Main() { var net = new Net(); net.layers = Sequential(Linear(64, 2)); } }"),
        Net("internal Sequential layers = Sequential();", rest: "static class P { static void Main() { var net = new Net(); net?.layers?.append(LayerNorm(64)); } }"),
        Net("private readonly Sequential layers = Sequential();", "public void Add(Module<Tensor, Tensor> m) => layers.append(m);", "static class P { static void Main() { var net = new Net(); net.Add(LayerNorm(64)); } }"),
        Net("private Sequential layers = Sequential();", "public void Use(Sequential s) { layers = s; }", "static class P { static void Main() { var net = new Net(); net.Use(Sequential(Linear(64, 2))); } }"),
        Net("private readonly Sequential layers = Sequential();", "public static Net Create() { var net = new Net(); net.layers.append(LayerNorm(64)); return net; }"),
        Net("private readonly Sequential layers = Sequential();", "public class Builder { public Net Build() { var net = new Net(); net.layers.append(LayerNorm(64)); return net; } }"),
        Net("private readonly Sequential layers = Sequential();", "void IGrows.Grow() { layers.append(LayerNorm(64)); }", "interface IGrows { void Grow(); } static class P { static void Main() { IGrows g = (IGrows)(object)new Net(); g.Grow(); } }")
            .Replace("class Net : Module<Tensor, Tensor>", "class Net : Module<Tensor, Tensor>, IGrows", StringComparison.Ordinal),
        "class Trainer { private readonly Sequential net = Sequential(" + string.Concat(Enumerable.Repeat("Linear(64, 64), Sigmoid(), ", 16)) + "Linear(64, 2)); public void More() { net.append(LayerNorm(2)); } public Tensor Run(Tensor x) => net.call(x); }");

    [Theory]
    [MemberData(nameof(Changed))]
    public async Task Is_not_judged(string code) => Assert.DoesNotContain("STAB1001", (await Driver.Diagnostics(code, new ModelGraphAnalyzer())).Select(d => d.Id));

    private const string Sigmoids = "Sequential(Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 64), Sigmoid(), Linear(64, 2))";

    public static TheoryData<string> Unchanged => new(
        // Another container with the same name.
        "class A { private readonly Sequential net = " + Sigmoids + "; public Tensor Run(Tensor x) => net.call(x); } class B { private readonly Sequential net = Sequential(); public void More() { net.append(ReLU()); } }",
        "class A { public Tensor Run(Tensor x) { var net = " + Sigmoids + "; return net.call(x); } public void Other() { var net = Sequential(); net.append(ReLU()); } }",
        Net("private readonly Sequential layers = Sequential();"),
        Net("public readonly Sequential layers = Sequential();", rest: "static class P { static void Main() { var net = new Net(); var n = net.layers.Count; } }"),
        Net("public Sequential layers { get; private set; } = Sequential();", "public void Reset() { layers = Sequential(Linear(64, 2)); }"),
        // Another class with the same names.
        Net("private readonly Sequential layers = Sequential();", rest: "class Other : Module<Tensor, Tensor> { public readonly Sequential layers = Sequential(); public Other() : base(\"o\") { layers.append(LayerNorm(64)); RegisterComponents(); } public void Add(Module<Tensor, Tensor> m) => layers.append(m); public override Tensor forward(Tensor x) => layers.call(x); } static class P { static void Main() { var other = new Other(); other.layers.append(ReLU()); other.Add(ReLU()); } }"),
        Net("private readonly Sequential layers = Sequential();", "private void Add(Module<Tensor, Tensor> m) => layers.append(m);", "class List { public void Add(int i) { } public static void Use() { new List().Add(1); } }"));

    [Theory]
    [MemberData(nameof(Unchanged))]
    public async Task Is_judged(string code) => Assert.Contains("STAB1001", (await Driver.Diagnostics(code, new ModelGraphAnalyzer())).Select(d => d.Id));

    [Theory]
    [InlineData("public readonly ModuleList<Module<Tensor, Tensor>> layers = new();", "new Net { layers = { LayerNorm(8) } }")]
    [InlineData("public ModuleList<Module<Tensor, Tensor>> layers { get; } = new();", "new Net { layers = { LayerNorm(8) } }")]
    [InlineData("public ModuleList<Module<Tensor, Tensor>> layers { get; set; } = new();", "new Net { layers = new() }")]
    public void What_an_object_initialiser_says_is_a_way_of_its_own(string field, string creation)
    {
        var models = Extract.Models($$"""
            class Net : Module<Tensor, Tensor>
            {
                {{field}}
                public Net() : base("net") { layers.Add(Linear(8, 8)); RegisterComponents(); }
                public override Tensor forward(Tensor x) { foreach (var layer in layers) { x = layer.call(x); } return x; }
            }
            static class P { static void Main() { var net = {{creation}}; } }
            """);
        Assert.DoesNotContain(models, model => model.Graph.IsComplete && Extract.Chain(model) == "x:Input layers.0:Linear(8,8)");
    }
}
