using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.Initialization;

public sealed class STAB2002ConstantWeightsTests
{
    private const string Chain = "return head.call(functional.relu(b.call(functional.relu(a.call(x)))));";

    public static TheoryData<string, string> OnPurpose => new()
    {
        { "head", Net("init.zeros_(head.weight); init.zeros_(head.bias);", Chain) },
        { "biases", Net("init.zeros_(a.bias); init.constant_(b.bias, 0.1);", Chain) },
        { "norm", Net("init.ones_(norm.weight); init.zeros_(norm.bias);", "return head.call(functional.relu(norm.call(a.call(x))));") },
        { "zero at the end of a residual branch", Net("init.zeros_(b.weight); init.zeros_(b.bias);", "return head.call(functional.relu(x + b.call(functional.relu(a.call(x)))));") },
        { "zero residual block with an activation at its end", Net("init.zeros_(b.weight);", "return head.call(x + functional.relu(b.call(x)));") },
        { "gate", Net("init.zeros_(b.weight); init.constant_(b.bias, -2);", "var h = a.call(x); return head.call(h * torch.sigmoid(b.call(h)));") },
        { "spatial transformer", Net("init.zeros_(b.weight);", "var theta = b.call(functional.relu(a.call(x))).view(-1, 2, 3); var grid = functional.affine_grid(theta, new long[] { 1, 1, 4, 4 }); return head.call(functional.grid_sample(x, grid));") },
        { "random", Net("init.normal_(a.weight, 0, 0.1); init.normal_(b.weight, 0, 0.1);", Chain) },
        { "one unit", Graph.Class("private readonly Linear a = Linear(8, 1), head = Linear(1, 4);", "init.ones_(a.weight);", "return head.call(functional.relu(a.call(x)));") },
        { "blur", Graph.Class("private readonly Conv2d a = Conv2d(8, 8, 3, groups: 8), b = Conv2d(8, 8, 3);", "init.constant_(a.weight, 1.0 / 9);", "return b.call(a.call(x));") },
        { "overwritten", Net("init.zeros_(a.weight); init.kaiming_uniform_(a.weight);", Chain) },
        { "written elsewhere", Net("init.zeros_(a.weight); Weights.Fill(this);", Chain) + "static class Weights { public static void Fill(Module m) { foreach (var p in m.parameters()) p.copy_(torch.randn(1)); } }" },
        { "loaded", Net("init.ones_(a.weight); init.ones_(b.weight); init.zeros_(a.bias);", Chain) + "static class P { static void Run() { var n = new Net(); n.load(\"n.dat\"); } }" },
    };

    [Theory]
    [MemberData(nameof(OnPurpose))]
    public async Task Constant_on_purpose_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB2002", code));
    }

    [Theory]
    [InlineData("init.constant_(a.weight, 0.1); init.zeros_(a.bias); init.constant_(b.weight, 0.1);", Chain)]
    [InlineData("init.constant_(a.weight, 0.1); init.zeros_(a.bias); init.zeros_(b.weight);", "return head.call(functional.relu(b.call(functional.gelu(norm.call(a.call(x))))));")]
    [InlineData("init.constant_(a.weight, 0.1); init.zeros_(a.bias); init.ones_(b.weight);", "var h = functional.relu(a.call(x)); return head.call(x + b.call(h));")]
    public async Task Units_that_can_never_differ_are_a_warning(string constructor, string forward)
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB2002", Net(constructor, forward)), diagnostic => diagnostic.Severity == DiagnosticSeverity.Warning);
        Assert.Equal("all weights of the hidden layer 'a' are 0.10, so that its 64 units stay one and the same for ever: 'b' does not tell them apart either", diagnostic.Message());
        Assert.Equal("init.constant_(a.weight, 0.1)", diagnostic.Text());
        Assert.Single(diagnostic.AdditionalLocations);
    }

    [Theory]
    [InlineData("init.constant_(a.weight, 0.1); init.zeros_(a.bias);", Chain, "start as one and the same")]
    [InlineData("init.constant_(a.weight, 0.1);", Chain, "start as one and the same but for their biases")]
    [InlineData("init.constant_(a.weight, 0.1); init.constant_(b.weight, 0.1);", Chain, "start as one and the same but for their biases")]
    [InlineData("init.constant_(a.weight, 0.1); init.zeros_(a.bias); init.constant_(b.weight, 0.1); init.kaiming_normal_(b.weight);", Chain, "start as one and the same")]
    public async Task Units_that_something_tells_apart_are_information(string constructor, string forward, string end)
    {
        var diagnostic = (await Graph.Diagnostics("STAB2002", Net(constructor, forward)))[0];
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
        Assert.EndsWith(end, diagnostic.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dropout_tells_units_apart() => Assert.Equal(
        DiagnosticSeverity.Info,
        (await Graph.Diagnostics("STAB2002", Net(
            "init.ones_(a.weight); init.zeros_(a.bias); init.ones_(b.weight); init.zeros_(b.bias);",
            "return head.call(functional.relu(b.call(functional.dropout(functional.relu(a.call(x))))));")))[0].Severity);

    [Fact]
    public async Task Truncated_normal_is_constant_in_this_version_and_a_loop_is_one_call()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB2002", Net(
            "foreach (var m in modules()) { if (m is Linear l) { init.trunc_normal_(l.weight, std: 0.02); init.zeros_(l.bias); } }", Chain)));
        Assert.Equal(DiagnosticSeverity.Warning, diagnostic.Severity);
        Assert.EndsWith("(trunc_normal_ of TorchSharp writes the same value everywhere)", diagnostic.Message(), StringComparison.Ordinal);
    }

    private static string Net(string constructor, string forward) => Graph.Class(
        "private readonly Linear a = Linear(64, 64), b = Linear(64, 64), head = Linear(64, 4); private readonly LayerNorm norm = LayerNorm(64);", constructor, forward);
}
