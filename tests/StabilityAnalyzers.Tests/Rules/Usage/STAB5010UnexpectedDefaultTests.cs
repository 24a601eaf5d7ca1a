using Microsoft.CodeAnalysis;
using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5010UnexpectedDefaultTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("F.kl_div(x, y.softmax(1), log_target: false);")]
    [InlineData("F.kl_div(x, y, log_target: true);")]
    [InlineData("F.kl_div(x, y, false, Reduction.Sum);")]
    [InlineData("F.kl_div(x, y.log_softmax(1));")]
    [InlineData("KLDivLoss(log_target: false).call(x, y.softmax(1));")]
    [InlineData("new KLDivLoss(false).call(x, y.softmax(1));")]
    [InlineData("KLDivLoss().call(x, F.log_softmax(y, 1));")]
    [InlineData("x.var_mean();")]
    [InlineData("torch.var_mean(x, 1);")]
    [InlineData("torch.var_mean(x, new long[] { 0, 1 }, unbiased: false);")]
    [InlineData("torch.std_mean(x);")]
    [InlineData("var loss = KLDivLoss();")]
    [InlineData("x.sum(0L);")]
    [InlineData("x.sum(1);")]
    [InlineData("x.sum(0, keepdim: true);")]
    [InlineData("x.sum(ScalarType.Byte);")]
    [InlineData("x.sum(type: null);")]
    [InlineData("x.sum(new long[] { 0 });")]
    public Task Silent(string code) => Verify.Analyzer<STAB5010UnexpectedDefault>(Method(code));

    // ---- what must be reported ----

    [Theory]
    [InlineData("F.kl_div(x, [|y.softmax(1)|]);", "F.kl_div(x, y.softmax(1), log_target: false);")]
    [InlineData("F.kl_div(target: [|y.softmax(1)|], input: x, reduction: Reduction.Sum);", "F.kl_div(target: y.softmax(1), input: x, reduction: Reduction.Sum, log_target: false);")]
    [InlineData("F.kl_div(x, [|y|]);", "F.kl_div(x, y, log_target: true);")]
    [InlineData("var loss = KLDivLoss(); loss.call(x, [|y.softmax(1)|]);", "var loss = KLDivLoss(log_target: false); loss.call(x, y.softmax(1));")]
    [InlineData("var loss = KLDivLoss(reduction: Reduction.Sum); loss.call(x, [|y|]); loss.call(y, [|x|]);", "var loss = KLDivLoss(reduction: Reduction.Sum, log_target: true); loss.call(x, y); loss.call(y, x);")]
    [InlineData("var s = x.sum([|0|]);", "var s = x.sum(0L);")]
    [InlineData("var s = torch.sum(x, [|0|]) + x.sum(type: [|0|]);", "var s = torch.sum(x, 0L) + x.sum(0L);")]
    [InlineData("var (v, m) = [|torch.var_mean(x)|];", "var (v, m) = x.var_mean();")]
    [InlineData("var (v, m) = [|torch.var_mean(x + y, unbiased: false)|]; // biased", "var (v, m) = (x + y).var_mean(unbiased: false); // biased")]
    public Task Reports_and_fixes(string before, string after) =>
        Verify.CodeFix<STAB5010UnexpectedDefault, STAB5010SayWhichFix>(Method(before), Method(after), "STAB5010:best");

    [Fact]
    public Task Offers_probabilities_too() => Verify.CodeFix<STAB5010UnexpectedDefault, STAB5010SayWhichFix>(
        Method("F.kl_div(x, [|y|]);"), Method("F.kl_div(x, y, log_target: false);"), "STAB5010:probabilities");

    [Fact]
    public Task Reports_new_without_a_fix() => Verify.NoCodeFix<STAB5010UnexpectedDefault, STAB5010SayWhichFix>(
        Method("new KLDivLoss(reduction: Reduction.Sum).call(x, [|y.softmax(1)|]);"));

    [Theory]
    [InlineData("F.kl_div(x, y.softmax(1));", DiagnosticSeverity.Warning)]
    [InlineData("F.kl_div(x, y);", DiagnosticSeverity.Info)]
    [InlineData("torch.var_mean(x);", DiagnosticSeverity.Warning)]
    public async Task Warns_only_where_it_is_wrong(string code, DiagnosticSeverity severity) =>
        Assert.Equal(severity, Assert.Single(await Driver.Diagnostics(Method(code), new STAB5010UnexpectedDefault())).Severity);

    private static string Method(string code) => $$"""
        class Trainer
        {
            void Step(Tensor x, Tensor y)
            {
                {{code}}
            }
        }
        """;
}
