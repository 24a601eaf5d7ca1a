using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1007ShortGradientHorizonTests
{
    public static TheoryData<string, string> Silent => new()
    {
        { "no recurrence", Graph.Stack(8) },
        { "weights from elsewhere", Net("RNN(16, 64)", "var (y, h) = r.call(x); return head.call(y);") + "static class P { static void Run() { var n = new Net(); n.load(\"n.dat\"); } }" },
        { "unknown width", "class Net : Module<Tensor, Tensor> { private readonly RNN r; public Net(long width) : base(\"n\") { r = RNN(width, width * 2, 1, nonLinearity: (NonLinearities)(int)width); RegisterComponents(); } public override Tensor forward(Tensor x) { var (y, h) = r.call(x); return y; } }" },
    };

    [Theory]
    [MemberData(nameof(Silent))]
    public async Task Layer_that_is_not_recurrent_or_not_known_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1007", code));
    }

    [Fact]
    public async Task Default_RNN_is_information_with_its_horizon()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1007", Net("RNN(16, 64)", "var (y, h) = r.call(x); return head.call(y);")));
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        Assert.Equal("r", diagnostic.Properties["layer"]);

        // Recurrent weights of variance 1/(3 n) leave 1/sqrt(3) at most.
        Assert.InRange(diagnostic.Number("factorPerStep"), 0.45, 0.58);
        Assert.InRange(diagnostic.Number("horizon"), 3.7, 5.5);
        Assert.Contains("and most sequences are longer", diagnostic.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LSTM_is_judged_by_the_steps_that_the_user_names()
    {
        var code = Net("LSTM(16, 64, bias: false)", "var (y, h, c) = r.call(x); return head.call(y);");
        Assert.Empty(await Graph.Diagnostics("STAB1007", code));
        Assert.Single(await Graph.Diagnostics("STAB1007", code, ("stability.gradient_flow.recurrent_steps", "30")));
    }

    [Fact]
    public async Task Steps_are_an_option() => Assert.Empty(await Graph.Diagnostics(
        "STAB1007", Net("RNN(16, 64)", "var (y, h) = r.call(x); return head.call(y);"), ("stability.gradient_flow.recurrent_steps", "3")));

    private static string Net(string layer, string forward) => Graph.Class(
        $"private readonly {layer.Split('(')[0]} r = {layer}; private readonly Linear head = Linear(64, 4);", "", forward);
}
