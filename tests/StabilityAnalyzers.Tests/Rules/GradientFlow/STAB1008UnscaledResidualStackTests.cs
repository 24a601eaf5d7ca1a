using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1008UnscaledResidualStackTests
{
    public static TheoryData<string, string> Bounded => new()
    {
        { "scaled", Net(20, "x = x + 0.2 * f.call(x).relu();") },
        { "few", Net(3, "x = x + f.call(x).relu();") },
        { "normalised", Net(20, "x = norm.call(x + f.call(x).relu());") },
        { "pre-norm", Net(20, "x = x + f.call(norm.call(x)).relu();") },
        { "starts at zero", Net(20, "x = x + f.call(x).relu();", "init.zeros_(f.weight)") },
        { "no residual: another rule", Net(20, "x = f.call(x).relu();", "init.normal_(f.weight, 0, 0.5)") },
        { "unknown branch", Net(20, "x = x + torch.cumsum(f.call(x), 1);") },
    };

    [Theory]
    [MemberData(nameof(Bounded))]
    public async Task Bounded_or_unknown_stack_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1008", code));
    }

    [Theory]
    [InlineData("", DiagnosticSeverity.Info)]
    [InlineData("static class P { static void Run() { var n = new Net(); var o = optim.Adam(n.parameters()); } }", DiagnosticSeverity.Info)]
    [InlineData("static class P { static void Run() { var n = new Net(); var o = optim.SGD(n.parameters(), 0.1); } }", DiagnosticSeverity.Warning)]
    public async Task Stack_that_grows_is_a_warning_for_SGD_and_nothing_else_is_said_of_it(string program, DiagnosticSeverity severity)
    {
        var code = Net(24, "x = x + f.call(x).relu();") + program;
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1008", code));
        Assert.Equal(severity, diagnostic.Severity);
        Assert.Equal("24", diagnostic.Properties["connections"]);
        Assert.Contains(" after 24 residual connections without scale or normalisation", diagnostic.Message(), StringComparison.Ordinal);
        Assert.Empty(await Graph.Diagnostics("STAB1003", code));
        Assert.Empty(await Graph.Diagnostics("STAB1004", code));
    }

    private static string Net(int depth, string step, string init = "init.kaiming_uniform_(f.weight)") => Graph.Class(
        $"private readonly ModuleList<Linear> l = new ModuleList<Linear>(Enumerable.Range(0, {depth}).Select(i => Linear(64, 64)).ToArray()); private readonly Linear head = Linear(64, 4); private readonly LayerNorm norm = LayerNorm(64);",
        $"foreach (var f in l) {init};",
        $"foreach (var f in l) {{ {step} }} return head.call(x);");
}
