using StabilityAnalyzers.CodeFixes.Numerics;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

public sealed class STAB4003UnstableFormulaTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("x.log()")]
    [InlineData("(x + 1e-8).log()")]
    [InlineData("(x.softmax(1) + 1e-8).log()")]
    [InlineData("x.sigmoid().clamp(1e-6).log()")]
    [InlineData("(2 + x).log()")]
    [InlineData("(x - 1).log()")]
    [InlineData("x.exp() - 2")]
    [InlineData("1 - x.exp()")]
    [InlineData("x.exp() + 1")]
    [InlineData("x.sum(1).log()")]
    [InlineData("(x.exp().sum(1) + 1).log2()")]
    [InlineData("x.log_softmax(1).exp()")]
    [InlineData("x.logsumexp(1)")]
    [InlineData("torch.tensor(Math.Log(1 + y))")]
    [InlineData("torch.tensor(Math.Exp(y) - 1)")]
    public Task Silent(string expression) => Verify.Analyzer<STAB4003UnstableFormula>(Method(expression));

    [Fact]
    public Task Silent_own_functions() => Verify.Analyzer<STAB4003UnstableFormula>("""
        static class Own { static Tensor log(Tensor x) => x; static Tensor Of(Tensor x) => log(x.softmax(1)); }
        """);

    // ---- what must be reported, and without a fix ----

    [Theory]
    [InlineData("[|Softmax(1).call(x).log()|]")]
    [InlineData("[|Sequential(Linear(4, 3), Softmax(1)).call(x).log()|]")]
    [InlineData("[|x.exp().sum().log()|]")]
    [InlineData("[|x.exp().sum(0).log()|]")]
    [InlineData("[|x.exp().sum(new long[] { 1, 2 }).log()|]")]
    [InlineData("[|x.softmax(1).view(-1).log()|]")]
    public Task Reports_without_a_fix(string expression) => Verify.NoCodeFix<STAB4003UnstableFormula, STAB4003StableFunctionFix>(Method(expression));

    [Fact]
    public Task Reports_an_entropy_of_probabilities() => Verify.Analyzer<STAB4003UnstableFormula>("""
        class Policy
        {
            Tensor Entropy(Tensor logits)
            {
                var p = logits.softmax(-1);
                return -(p * [|p.log()|]).sum(-1);
            }
        }
        """);

    // ---- what must be reported, and fixed ----

    [Theory]
    [InlineData("[|x.softmax(1).log()|]", "x.log_softmax(1)")]
    [InlineData("[|torch.log(torch.softmax(x, 1))|]", "x.log_softmax(1)")]
    [InlineData("[|torch.log(F.softmax(x + 1, dim: -1))|]", "(x + 1).log_softmax(dim: -1)")]
    [InlineData("[|torch.special.softmax(x, 1).log()|] * 2", "x.log_softmax(1) * 2")]
    [InlineData("[|x.sigmoid().log()|]", "x.log_sigmoid()")]
    [InlineData("[|torch.log(torch.sigmoid(-x))|]", "(-x).log_sigmoid()")]
    [InlineData("[|(1 + x).log()|]", "x.log1p()")]
    [InlineData("[|torch.log(x * x + 1.0)|]", "(x * x).log1p()")]
    [InlineData("[|(1 + x.exp()).log()|]", "x.softplus()")]
    [InlineData("[|torch.log(1f + torch.exp(-x))|]", "(-x).softplus()")]
    [InlineData("[|x.exp() - 1|]", "x.expm1()")]
    [InlineData("2 * ([|torch.exp(x) - 1.0|])", "2 * (x.expm1())")]
    [InlineData("[|x.exp().sum(1).log()|]", "x.logsumexp(1)")]
    [InlineData("[|torch.log(torch.sum(torch.exp(x), 1, keepdim: true))|]", "x.logsumexp(1, keepdim: true)")]
    public Task Reports_and_fixes(string before, string after) =>
        Verify.CodeFix<STAB4003UnstableFormula, STAB4003StableFunctionFix>(Method(before), Method(after), "STAB4003:best");

    private static string Method(string expression) => $$"""
        class Formula { Tensor Of(Tensor x, double y) => {{expression}}; /* of x */ }
        """;
}
