using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>What must not be reported at all is with <see cref="STAB1003ExplodingGradientTests"/>.</summary>
public sealed class STAB1004GrowingGradientTests
{
    [Fact]
    public async Task What_explodes_is_not_reported_twice() =>
        Assert.Empty(await Graph.Diagnostics("STAB1004", Graph.Stack(12, init: "init.normal_(l.weight, 0, 0.5)")));

    [Fact]
    public async Task Growth_below_the_limit_is_information()
    {
        var code = Graph.Stack(4, init: "init.normal_(l.weight, 0, 0.38)");
        Assert.Empty(await Graph.Diagnostics("STAB1003", code));
        Assert.Equal(DiagnosticSeverity.Info, Assert.Single(await Graph.Diagnostics("STAB1004", code)).Severity);
    }

    [Fact]
    public async Task Threshold_is_an_option() => Assert.Empty(await Graph.Diagnostics(
        "STAB1004", Graph.Stack(4, init: "init.normal_(l.weight, 0, 0.38)"), ("stability.gradient_flow.growing_threshold", "69")));
}
