using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3009StepWithoutBackwardTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("if (flag) Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("for (var i = 0; i < 4; i++) Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("try { Loss(model, x, y).backward(); } catch (InvalidOperationException) { } optimizer.step();")]
    // a gradient by other means
    [InlineData("foreach (var p in model.parameters()) p.grad = model.call(x); optimizer.step();")]
    [InlineData("torch.autograd.backward(new[] { Loss(model, x, y) }); optimizer.step();")]
    [InlineData("optimizer.step(() => { var loss = Loss(model, x, y); loss.backward(); return loss; });")]
    [InlineData("dynamic loss = Loss(model, x, y); loss.backward(); optimizer.step();")]
    // two networks
    [InlineData("var head = Linear(1, 1); var other = optim.SGD(head.parameters(), 0.1); Loss(model, x, y).backward(); optimizer.step(); other.step();")]
    // to plot a schedule
    [InlineData("var schedule = optim.lr_scheduler.StepLR(optimizer, 2); optimizer.step(); schedule.step();")]
    // once, before the loop of the schedule
    [InlineData("optimizer.step(); break;")]
    public Task Silent(string iteration) => Verify.Analyzer<STAB3009StepWithoutBackward>(Loops.Of(iteration));

    [Theory]
    [InlineData("Gradient(Loss(model, x, y)); optimizer.step();", "--- static void Gradient(Tensor loss) => loss.backward();")]
    [InlineData("Hooks.Backward(Loss(model, x, y)); optimizer.step();", "static class Hooks { public static Action<Tensor> Backward = null!; }")]
    [InlineData("Hooks.Instance.Backward(Loss(model, x, y)); optimizer.step();", "abstract class Hooks { public static Hooks Instance = null!; public abstract void Backward(Tensor loss); }")]
    [InlineData("Loss(model, x, y).backward(); Step(optimizer); Loss(model, x, y).backward(); Step(optimizer);", "--- static void Step(optim.Optimizer o) => o.step();")]
    public Task Silent_elsewhere(string iteration, string more) => Verify.Analyzer<STAB3009StepWithoutBackward>(Loops.Of(iteration, more: more));

    [Fact]
    public Task Silent_where_the_caller_computes_the_gradient() => Verify.Analyzer<STAB3009StepWithoutBackward>(Loops.Models + """
        public class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Update() { optimizer.step(); optimizer.zero_grad(); }
        }
        """);

    [Fact]
    public Task Silent_where_the_optimizer_is_not_known() => Verify.Analyzer<STAB3009StepWithoutBackward>(Loops.Models + """
        class Trainer
        {
            public void Train(Net model, optim.Optimizer optimizer, Tensor x)
            {
                while (true) { model.call(x); optimizer.step(); }
            }
        }
        """);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3009StepWithoutBackward>(Loops.Of("Loss(model, x, y).backwar(); optimizer.step(); Loss(model, x, y.backward(; optimizer.step();"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("optimizer.zero_grad(); var loss = Loss(model, x, y); [|optimizer.step()|];")]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step(); [|optimizer.step()|];")]
    [InlineData("Loss(model, x, y).backward(); if (flag) { optimizer.step(); optimizer.zero_grad(); } else optimizer.step(); [|optimizer.step()|];")]
    [InlineData("for (var i = 0; i < 3; i++) { var loss = Loss(model, x, y); [|optimizer.step()|]; }")]
    public Task Reports(string iteration) => Verify.Analyzer<STAB3009StepWithoutBackward>(Loops.Of(iteration));

    [Fact]
    public Task Reports_over_methods() => Verify.Analyzer<STAB3009StepWithoutBackward>(Loops.Of(
        "var loss = Loss(model, x, y); Update(optimizer);", more: "--- static void Update(optim.Optimizer o) { [|o.step()|]; o.zero_grad(); }"));

    // ---- the fix ----

    [Fact]
    public Task Fix_removes_the_second_step() => Verify.CodeFix<STAB3009StepWithoutBackward, STAB3009RemoveStepFix>(
        Loops.Of("""
            optimizer.zero_grad();
                        Loss(model, x, y).backward();
                        optimizer.step(); // once
                        // and again
                        [|optimizer.step()|];
                        Console.WriteLine(x);
            """),
        Loops.Of("""
            optimizer.zero_grad();
                        Loss(model, x, y).backward();
                        optimizer.step(); // once
                        Console.WriteLine(x);
            """),
        "STAB3009:best",
        "Remove the second step with the same gradient");

    [Theory]
    [InlineData("optimizer.zero_grad(); var loss = Loss(model, x, y); [|optimizer.step()|];")]
    [InlineData("Loss(model, x, y).backward(); if (flag) optimizer.step(); else optimizer.step(); [|optimizer.step()|];")]
    public Task Not_fixed(string iteration) => Verify.NoCodeFix<STAB3009StepWithoutBackward, STAB3009RemoveStepFix>(Loops.Of(iteration));
}
