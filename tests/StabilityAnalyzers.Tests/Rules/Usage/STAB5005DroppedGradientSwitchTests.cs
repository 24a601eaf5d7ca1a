using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5005DroppedGradientSwitchTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("using (no_grad()) { Run(); }")]
    [InlineData("using (torch.no_grad()) Run();")]
    [InlineData("using var scope = torch.no_grad();")]
    [InlineData("using var _ = torch.inference_mode();")]
    [InlineData("using (IDisposable? guard = training ? null : no_grad()) { Run(); }")]
    [InlineData("using var guard = training ? null : no_grad();")]
    [InlineData("var guard = no_grad(); Run(); guard.Dispose();")]
    [InlineData("IDisposable? guard = null; if (!training) guard = no_grad(); Run(); guard?.Dispose();")]
    [InlineData("var guard = no_grad(); try { Run(); } finally { guard.Dispose(); }")]
    [InlineData("var guard = no_grad(); using (guard) { Run(); }")]
    [InlineData("var guards = new List<IDisposable> { no_grad() };")]
    [InlineData("field = no_grad();")]
    [InlineData("Keep(no_grad());")]
    [InlineData("no_grad().Dispose();")]
    [InlineData("torch.set_grad_enabled(false);")]
    [InlineData("torch.enable_grad();")]
    [InlineData("torch.inference_mode(false);")]
    [InlineData("torch.inference_mode(training);")]
    public Task Silent_in_a_statement(string statements) => Verify.Analyzer<STAB5005DroppedGradientSwitch>(Inside(statements));

    [Fact]
    public Task Silent_where_the_member_switches_back() => Verify.Analyzer<STAB5005DroppedGradientSwitch>(Inside("""
        torch.no_grad();
        Run();
        torch.set_grad_enabled(true);
        """));

    [Fact]
    public Task Silent_where_the_member_leaves_inference_mode() => Verify.Analyzer<STAB5005DroppedGradientSwitch>(Inside("""
        torch.inference_mode();
        Run();
        torch.inference_mode(false);
        """));

    [Fact]
    public Task Silent_in_helpers_that_return_or_lambdas_that_may() => Verify.Analyzer<STAB5005DroppedGradientSwitch>("""
        class Evaluation
        {
            IDisposable Off() => torch.no_grad();
            IDisposable Off2() { return torch.no_grad(); }
            void Off3() => torch.no_grad();
            Func<IDisposable> off = () => torch.no_grad();
            Action act = () => torch.no_grad();
            IEnumerable<IDisposable> Each() { yield return torch.no_grad(); }
        }
        """);

    [Fact]
    public Task Silent_for_a_method_of_the_users() => Verify.Analyzer<STAB5005DroppedGradientSwitch>("""
        class Evaluation
        {
            static IDisposable no_grad() => null!;
            void Run() { no_grad(); }
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|no_grad()|]; Run();")]
    [InlineData("[|torch.no_grad()|]; Run();")]
    [InlineData("_ = [|torch.no_grad()|]; Run();")]
    [InlineData("[|torch.inference_mode()|]; Run();")]
    [InlineData("[|torch.inference_mode(true)|]; Run();")]
    [InlineData("if (!training) [|torch.no_grad()|]; Run();")]
    [InlineData("var guard = [|torch.no_grad()|]; Run();")]
    [InlineData("for (var i = 0; i < 3; i++) { [|torch.no_grad()|]; Run(); }")]
    public Task Reported(string statements) => Verify.Analyzer<STAB5005DroppedGradientSwitch>(Inside(statements));

    [Fact]
    public Task Reported_in_top_level_statements() => Verify.Analyzer<STAB5005DroppedGradientSwitch>("""
        var model = Linear(2, 2);
        [|torch.no_grad()|];
        model.call(ones(1, 2)).print();
        """);

    [Fact]
    public Task Says_what_stays_off() => Verify.Message<STAB5005DroppedGradientSwitch>(
        Inside("{|#0:torch.no_grad()|}; Run();"),
        "'no_grad' switches gradients off until its result is disposed of, and nothing disposes of it: they stay off on this thread");

    // ---- the fix ----

    [Theory]
    [InlineData("[|torch.no_grad()|]; // evaluation\nRun();", "using var noGrad = torch.no_grad(); // evaluation\nRun();")]
    [InlineData("_ = [|no_grad()|];\nRun();", "using var noGrad = no_grad();\nRun();")]
    [InlineData("// no gradients\nvar guard = [|no_grad()|];\nRun();", "// no gradients\nusing var guard = no_grad();\nRun();")]
    [InlineData("[|torch.inference_mode()|];\nRun();", "using var inferenceMode = torch.inference_mode();\nRun();")]
    [InlineData("var noGrad = 1;\n[|no_grad()|];\nKeep(noGrad);", "var noGrad = 1;\nusing var noGrad2 = no_grad();\nKeep(noGrad);")]
    public Task Fix_makes_a_using_declaration(string before, string after) =>
        Verify.CodeFix<STAB5005DroppedGradientSwitch, STAB5005UsingFix>(
            Inside(before), Inside(after), "STAB5005:best", "Switch gradients off for the rest of this block only (using)");

    [Fact]
    public Task Fix_of_all_takes_each_by_itself() => Verify.CodeFix<STAB5005DroppedGradientSwitch, STAB5005UsingFix>("""
        [|torch.no_grad()|];
        Console.WriteLine();
        [|torch.no_grad()|];
        Console.WriteLine();
        static void Local()
        {
            [|torch.no_grad()|];
            Console.WriteLine();
        }
        """, """
        using var noGrad = torch.no_grad();
        Console.WriteLine();
        using var noGrad2 = torch.no_grad();
        Console.WriteLine();
        static void Local()
        {
            using var noGrad3 = torch.no_grad();
            Console.WriteLine();
        }
        """);

    [Theory]
    [InlineData("if (!training) [|torch.no_grad()|]; Run();")]
    [InlineData("if (!training) { [|torch.no_grad()|]; } Run();")]
    [InlineData("switch (training) { case true: [|torch.no_grad()|]; Run(); break; }")]
    public Task Fix_is_not_offered_where_it_would_end_too_early(string statements) =>
        Verify.NoCodeFix<STAB5005DroppedGradientSwitch, STAB5005UsingFix>(Inside(statements));

    private static string Inside(string statements) => $$"""
        class Evaluation
        {
            private IDisposable? field;
            void Run() { }
            void Keep(object o) { }
            void Evaluate(bool training)
            {
        {{statements}}
            }
        }
        """;
}
