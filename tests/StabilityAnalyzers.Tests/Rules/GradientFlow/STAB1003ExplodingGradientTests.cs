using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1003ExplodingGradientTests
{
    public static TheoryData<string, string> Healthy => new()
    {
        { "He before ReLU", Graph.Stack(40, init: "init.kaiming_normal_(l.weight)") },
        { "large weights before a norm", Graph.Stack(40, "Linear(64, 64), LayerNorm(64), ReLU()", "init.normal_(l.weight, 0, 0.2)") },
        { "DCGAN, GPT", Graph.Stack(10, init: "init.normal_(l.weight, 0, 0.02)") },
        { "residual with a scale", Graph.Class(
            "private readonly ModuleList<Linear> l = new ModuleList<Linear>(Enumerable.Range(0, 20).Select(i => Linear(64, 64)).ToArray()); private readonly Linear head = Linear(64, 4);",
            "", "foreach (var f in l) x = x + 0.2 * f.call(x).relu(); return head.call(x);") },
        { "narrow layer before a wide one", Graph.Class("private readonly Linear a = Linear(100, 2), b = Linear(2, 100000);", "", "return b.call(functional.relu(a.call(x)));") },
        { "unknown deviation", Graph.Stack(20, init: "init.normal_(l.weight, 0, new Random().NextDouble())") },
        { "unknown module inside", Graph.Class(
            "private readonly Linear a = Linear(64, 64), b = Linear(64, 64); private readonly Module<Tensor, Tensor> f = Make(); static Module<Tensor, Tensor> Make() => throw new NotImplementedException();",
            "init.normal_(a.weight, 0, 100); init.normal_(b.weight, 0, 100);", "return f.call(b.call(f.call(a.call(f.call(x)))));") },
    };

    [Theory]
    [MemberData(nameof(Healthy))]
    public async Task Healthy_or_unknown_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1003", code));
        Assert.Empty(await Graph.Diagnostics("STAB1004", code));
    }

    [Fact]
    public async Task Gradient_that_explodes_is_reported_with_its_figures()
    {
        // Each ReLU layer multiplies by sqrt(64 * 0.5^2 / 2) = 2.83.
        var code = Graph.Stack(12, init: "init.normal_(l.weight, 0, 0.5)");
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1003", code));

        // Nobody is seen to train it, and Adam does that without trouble.
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        Assert.InRange(diagnostic.Number("depthFactor"), 0.9 * Math.Pow(2.828, 12), 1.1 * Math.Pow(2.828, 12));
        Assert.StartsWith("the gradient at 'layers.0' is predicted to be ", diagnostic.Message(), StringComparison.Ordinal);
        Assert.EndsWith(" times the gradient at 'layers.24': 12 relu layers, x2.8 each", diagnostic.Message(), StringComparison.Ordinal);
        Assert.Empty(await Graph.Diagnostics("STAB1004", code));
    }

    [Fact]
    public async Task Signal_that_explodes_is_reported_at_the_layer()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1003", Graph.Class(
            "private readonly Linear a = Linear(64, 64), head = Linear(64, 4);",
            "init.normal_(a.weight, 0, 20);",
            "return head.call(functional.relu(a.call(x)));")));
        Assert.Equal("a", diagnostic.Properties["layer"]);
        Assert.StartsWith("the output of 'a' is predicted to have a root mean square of ", diagnostic.Message(), StringComparison.Ordinal);

        // sqrt(64 * 400) for an input of second moment 1.
        Assert.InRange(diagnostic.Number("signal"), 159, 161);
    }

    [Theory]
    [InlineData("Linear(64, 64), Tanh()", "init.normal_(l.weight, 0, 0.375)", 24)]
    [InlineData("Linear(64, 64), ReLU()", "init.normal_(l.weight, 0, 2)", 20)]
    public async Task Explosion_that_every_optimizer_fails_of_is_a_warning(string layers, string init, int depth) =>
        Assert.Equal(DiagnosticSeverity.Warning, Assert.Single(await Graph.Diagnostics("STAB1003", Graph.Stack(depth, layers, init))).Severity);

    [Fact]
    public async Task Limit_of_the_user_is_a_warning() => Assert.Equal(
        DiagnosticSeverity.Warning,
        Assert.Single(await Graph.Diagnostics(
            "STAB1003", Graph.Stack(12, init: "init.normal_(l.weight, 0, 0.5)"), ("stability.gradient_flow.exploding_threshold", "100"))).Severity);

    [Fact]
    public async Task Threshold_is_an_option()
    {
        var code = Graph.Stack(4, init: "init.normal_(l.weight, 0, 0.38)");
        Assert.Single(await Graph.Diagnostics("STAB1003", code, ("stability.gradient_flow.exploding_threshold", "10")));
    }
}
