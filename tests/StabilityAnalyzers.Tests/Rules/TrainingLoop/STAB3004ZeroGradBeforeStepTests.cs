using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3004ZeroGradBeforeStepTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("var loss = Loss(model, x, y); optimizer.zero_grad(); loss.backward(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); optimizer.step(); optimizer.zero_grad();")]
    [InlineData("Loss(model, x, y).backward(); if (++count % 4 == 0) { optimizer.step(); optimizer.zero_grad(); }")]
    // a gradient that was computed for another purpose
    [InlineData("Loss(model, x, y).backward(); optimizer.zero_grad(); Loss(model, y, x).backward(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); var g = x.grad; optimizer.zero_grad(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); optimizer.zero_grad(); foreach (var p in model.parameters()) p.grad = p.clone(); optimizer.step();")]
    // only when something went wrong
    [InlineData("Loss(model, x, y).backward(); if (flag) optimizer.zero_grad(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); if (flag) { optimizer.zero_grad(); continue; } optimizer.step();")]
    [InlineData("if (flag) Loss(model, x, y).backward(); optimizer.zero_grad(); optimizer.step();")]
    // of another optimizer
    [InlineData("var other = optim.SGD(Linear(1, 1).parameters(), 0.1); Loss(model, x, y).backward(); other.zero_grad(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); model.eval(); optimizer.zero_grad(); optimizer.step(() => Loss(model, x, y));")]
    public Task Silent(string iteration) => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Of(iteration));

    [Theory]
    [InlineData("Loss(model, x, y).backward(); optimizer.zero_grad(); Hooks.Restore?.Invoke(); optimizer.step();", "static class Hooks { public static Action? Restore; }")]
    [InlineData("Loss(model, x, y).backward(); Clear(optimizer); Loss(model, x, y).backward(); optimizer.step(); Clear(optimizer);", "--- static void Clear(optim.Optimizer o) => o.zero_grad();")]
    public Task Silent_elsewhere(string iteration, string more) => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Of(iteration, more: more));

    [Fact]
    public Task Silent_two_networks_in_turn() => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Models + """
        class Gan
        {
            void Train()
            {
                var generator = new Net();
                var critic = new Net();
                var optimizerG = optim.Adam(generator.parameters());
                var optimizerC = optim.Adam(critic.parameters());
                foreach (var (x, _) in Data.Batches())
                {
                    critic.call(generator.call(x).detach()).mean().backward();
                    optimizerG.zero_grad();
                    optimizerC.step();
                    optimizerC.zero_grad();
                    critic.call(generator.call(x)).mean().backward();
                    critic.zero_grad();
                    optimizerG.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_a_model_that_is_only_a_part_of_what_steps() => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Models + """
        class Parts
        {
            void Train()
            {
                var encoder = new Net();
                var head = new Net();
                var optimizer = optim.Adam(encoder.parameters().Concat(head.parameters()));
                foreach (var (x, _) in Data.Batches())
                {
                    head.call(encoder.call(x)).mean().backward();
                    encoder.zero_grad();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3004ZeroGradBeforeStep>(Loops.Of("Loss(model, x, y).backward(); optimizer.zero_grad(); Restor(; optimizer.step();"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("Loss(model, x, y).backward(); [|optimizer.zero_grad()|]; optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); [|model.zero_grad()|]; optimizer.step();")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); if (flag) { [|optimizer.zero_grad()|]; optimizer.step(); }")]
    [InlineData("Loss(model, x, y).backward(); nn.utils.clip_grad_norm_(model.parameters(), 1.0); [|optimizer.zero_grad()|]; Console.WriteLine(x); optimizer.step();")]
    public Task Reports(string iteration) => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Of(iteration));

    [Fact]
    public Task Reports_over_methods() => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Of(
        "Loss(model, x, y).backward(); Update(optimizer);", more: "--- static void Update(optim.Optimizer o) { [|o.zero_grad()|]; o.step(); }"));

    [Fact]
    public Task Reports_outside_of_a_loop() => Verify.Analyzer<STAB3004ZeroGradBeforeStep>(Loops.Models + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Batch(Tensor x) { model.call(x).sum().backward(); [|optimizer.zero_grad()|]; optimizer.step(); }
        }
        """);

    // ---- the fix ----

    [Fact]
    public Task Fix_moves_it_behind_the_step() => Verify.CodeFix<STAB3004ZeroGradBeforeStep, STAB3004MoveZeroGradFix>(
        Loops.Of("""
            Loss(model, x, y).backward(); // here

                        // for the next one
                        [|optimizer.zero_grad()|]; // there
                        // the weights
                        optimizer.step();
                        Console.WriteLine(x);
            """),
        Loops.Of("""
            Loss(model, x, y).backward(); // here
                        // the weights
                        optimizer.step();
                        // for the next one
                        optimizer.zero_grad(); // there
                        Console.WriteLine(x);
            """),
        "STAB3004:best",
        "Clear the gradients after the step");

    [Fact]
    public Task Fix_at_the_top_level() => Verify.CodeFix<STAB3004ZeroGradBeforeStep, STAB3004MoveZeroGradFix>(
        """
        var model = Linear(1, 1);
        var optimizer = optim.Adam(model.parameters());
        while (optimizer is not null)
        {
            model.call(rand(1)).backward();
            [|optimizer.zero_grad()|];
            optimizer.step();
        }
        model.call(rand(1)).backward();
        [|optimizer.zero_grad()|];
        optimizer.step();
        """,
        """
        var model = Linear(1, 1);
        var optimizer = optim.Adam(model.parameters());
        while (optimizer is not null)
        {
            model.call(rand(1)).backward();
            optimizer.step();
            optimizer.zero_grad();
        }
        model.call(rand(1)).backward();
        optimizer.step();
        optimizer.zero_grad();
        """);

    [Theory]
    [InlineData("Loss(model, x, y).backward(); [|optimizer.zero_grad()|]; if (flag) optimizer.step(); else optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); [|optimizer.zero_grad()|]; { optimizer.step(); }")]
    public Task Not_fixed(string iteration) => Verify.NoCodeFix<STAB3004ZeroGradBeforeStep, STAB3004MoveZeroGradFix>(Loops.Of(iteration));
}
