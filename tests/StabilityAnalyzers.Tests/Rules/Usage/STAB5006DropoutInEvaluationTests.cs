using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5006DropoutInEvaluationTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("return F.dropout(x, 0.5, training);")]
    [InlineData("return F.dropout(x, training: training);")]
    [InlineData("return F.dropout(x, 0.5, training: true);")]
    [InlineData("return F.dropout(x, p: 0.0);")]
    [InlineData("return F.alpha_dropout(x, 0.5, training);")]
    [InlineData("return drop.call(x);")]
    [InlineData("lazy ??= Dropout(0.5); return lazy.call(x);")]
    [InlineData("var made = Dropout(0.5); made.train(training); return made.call(x);")]
    public Task Silent(string body) => Verify.Analyzer<STAB5006DropoutInEvaluation>(Net(body));

    [Fact]
    public Task Silent_outside_of_a_module() => Verify.Analyzer<STAB5006DropoutInEvaluation>("""
        static class MonteCarlo
        {
            static Tensor Sample(Tensor x) => F.dropout(x, 0.5);
            static Tensor Once(Tensor x) => Dropout(0.5).call(x);
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("return [|F.dropout(x)|];", "return F.dropout(x, training: training);")]
    [InlineData("return [|F.dropout(x, 0.3)|]; // p", "return F.dropout(x, 0.3, training: training); // p")]
    [InlineData("return [|F.dropout2d(x, inplace: false)|];", "return F.dropout2d(x, inplace: false, training: training);")]
    [InlineData("return [|F.alpha_dropout(x, 0.3)|];", "return F.alpha_dropout(x, 0.3, training: training);")]
    [InlineData("return [|Dropout(0.3)|].call(fc.call(x));", "return functional.dropout(fc.call(x), 0.3, training: training);")]
    [InlineData("return [|Dropout2d()|].forward(x);", "return functional.dropout2d(x, training: training);")]
    [InlineData("return [|F.dropout([|F.dropout(x)|])|];", "return F.dropout(F.dropout(x, training: training), training: training);")]
    public Task Reports_and_fixes(string before, string after) =>
        Verify.CodeFix<STAB5006DropoutInEvaluation, STAB5006FollowTrainingFix>(Net(before), Net(after), "STAB5006:best");

    [Theory]
    [InlineData("var made = [|Dropout(0.3)|]; return made.call(x);")]
    [InlineData("var training = 1; return [|F.dropout(x, 0.3)|] * training;")]
    public Task Reports_without_a_fix(string body) => Verify.NoCodeFix<STAB5006DropoutInEvaluation, STAB5006FollowTrainingFix>(Net(body));

    [Theory]
    [InlineData("F.dropout(x)", "dropout without 'training' drops in evaluation too")]
    [InlineData("F.feature_alpha_dropout(x)", "feature_alpha_dropout without 'training' never drops, not even while training")]
    [InlineData("Dropout().call(x)", "Dropout made in forward is always in training mode, and drops in evaluation too")]
    public async Task Says_what_happens(string expression, string message) =>
        Assert.Equal(message, Assert.Single(await Driver.Diagnostics(Net($"return {expression};"), new STAB5006DropoutInEvaluation())).GetMessage());

    private static string Net(string body) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 8);
            private readonly Dropout drop = Dropout(0.5);
            private Dropout? lazy;
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                {{body}}
            }
        }
        """;
}
