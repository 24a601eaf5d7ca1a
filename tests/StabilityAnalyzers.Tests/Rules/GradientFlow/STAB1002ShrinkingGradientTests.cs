using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1002ShrinkingGradientTests
{
    public static TheoryData<string, string> Healthy => new()
    {
        { "three layers", Graph.Stack(3) },
        { "He", Graph.Stack(15, init: "init.kaiming_uniform_(l.weight)") },
        { "normalised", Graph.Stack(15, "Linear(64, 64), LayerNorm(64), ReLU()") },
        { "wide layer before a narrow head", Graph.Class("private readonly Linear a = Linear(100, 100000), b = Linear(100000, 1);", "", "return b.call(functional.relu(a.call(x)));") },
        { "narrow layer before a wide one", Graph.Class("private readonly Linear a = Linear(100, 2), b = Linear(2, 10000);", "", "return b.call(functional.relu(a.call(x)));") },
        { "a branch that starts at zero", Graph.Class(
            "private readonly ModuleList<Linear> l = new ModuleList<Linear>(Enumerable.Range(0, 10).Select(i => Linear(64, 64)).ToArray()); private readonly Linear head = Linear(64, 4);",
            "foreach (var f in l) init.zeros_(f.weight);",
            "foreach (var f in l) x = x + f.call(x).relu(); return head.call(x);") },
        { "vanishing, which is another rule's", Graph.Stack(40) },
        { "loaded", Graph.Stack(8, more: "static class P { static void Run() { var n = new Net(); n.load(\"n.dat\"); } }") },
    };

    [Theory]
    [MemberData(nameof(Healthy))]
    public async Task Healthy_vanishing_or_unknown_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1002", code));
    }

    [Fact]
    public async Task Default_ReLU_stack_is_information()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1002", Graph.Stack(8)));
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);

        // 0.408 per layer (He 2015), eight layers.
        Assert.InRange(diagnostic.Number("depthFactor"), 0.9 * Math.Pow(0.408, 8), 1.1 * Math.Pow(0.408, 8));
        Assert.Equal(8, diagnostic.Properties["chain"]!.Split(',').Length);
        Assert.Contains("8 relu layers, x0.41 each", diagnostic.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_remedy_has_its_predicted_factor()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1002", Graph.Stack(8)));

        // He keeps the gradient in every layer but the head, which stays as it is.
        Assert.InRange(diagnostic.Number("after.FittingInitializer"), 0.39, 0.42);
    }

    [Fact]
    public async Task A_class_that_is_made_in_two_depths_is_judged_by_the_milder()
    {
        const string code = """
            class Net : Module<Tensor, Tensor>
            {
                private readonly Sequential layers;
                public Net(int depth) : base("net")
                {
                    layers = Sequential(Enumerable.Range(0, depth).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), ReLU() }).Append(Linear(64, 4)));
                    RegisterComponents();
                }
                public override Tensor forward(Tensor x) => layers.call(x);
            }
            static class P { static object[] Run() => new object[] { new Net(40), new Net(MILD) }; }
            """;
        Assert.Empty(await Graph.Diagnostics("STAB1001", code.Replace("MILD", "8", StringComparison.Ordinal)));
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1002", code.Replace("MILD", "8", StringComparison.Ordinal)));
        Assert.InRange(diagnostic.Number("depthFactor"), 1e-4, 1e-3);
        Assert.Empty(await Graph.Diagnostics("STAB1002", code.Replace("MILD", "2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Threshold_is_an_option()
    {
        Assert.Empty(await Graph.Diagnostics("STAB1002", Graph.Stack(8), ("stability.gradient_flow.shrinking_threshold", "1e-5")));
        Assert.Single(await Graph.Diagnostics("STAB1002", Graph.Stack(2), ("stability.gradient_flow.shrinking_threshold", "0.5")));
    }
}
