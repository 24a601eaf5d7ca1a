using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3002ClippingOutOfPlaceTests
{
    private const string Clip = "nn.utils.clip_grad_norm_(model.parameters(), 1.0);";

    // ---- what must not be reported ----

    [Theory]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); " + Clip + " optimizer.step();")]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); nn.utils.clip_grad_value_(optimizer.parameters(), 1.0); optimizer.step();")]
    // gradient accumulation
    [InlineData("Loss(model, x, y).backward(); " + Clip + " if (++count % 4 == 0) { optimizer.step(); optimizer.zero_grad(); }")]
    [InlineData("Loss(model, x, y).backward(); if (++count % 4 == 0) { " + Clip + " optimizer.step(); optimizer.zero_grad(); }")]
    [InlineData("Loss(model, x, y).backward(); " + Clip + " Loss(model, y, x).backward(); optimizer.step(); optimizer.zero_grad();")]
    // the norm is measured
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step(); Console.WriteLine(nn.utils.clip_grad_norm_(model.parameters(), double.MaxValue));")]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step(); var norm = nn.utils.clip_grad_norm_(model.parameters(), 1e9);")]
    // gradients by other means
    [InlineData("optimizer.zero_grad(); foreach (var p in model.parameters()) p.grad = p.clone(); " + Clip + " Loss(model, x, y).backward(); optimizer.step();")]
    // nothing is cleared: another fault
    [InlineData("Loss(model, x, y).backward(); optimizer.step(); " + Clip)]
    // a part of the model
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); nn.utils.clip_grad_norm_(model.Head.parameters(), 1.0); optimizer.step();")]
    [InlineData("var head = model.Head; optimizer.zero_grad(); Loss(model, x, y).backward(); nn.utils.clip_grad_norm_(head.parameters(), 1.0); optimizer.step();")]
    public Task Silent(string iteration) => Verify.Analyzer<STAB3002ClippingOutOfPlace>(Loops.Of(iteration));

    [Theory]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); Norm(model); optimizer.step();", "--- static void Norm(Module m) => nn.utils.clip_grad_norm_(m.parameters(), 1.0);")]
    [InlineData("Norm(model); optimizer.zero_grad(); Loss(model, x, y).backward(); Norm(model); optimizer.step();", "--- static void Norm(Module m) => nn.utils.clip_grad_norm_(m.parameters(), 1.0);")]
    [InlineData("optimizer.zero_grad(); " + Clip + " Hooks.Backward(Loss(model, x, y)); optimizer.step();", "static class Hooks { public static Action<Tensor> Backward = null!; }")]
    public Task Silent_elsewhere(string iteration, string more) => Verify.Analyzer<STAB3002ClippingOutOfPlace>(Loops.Of(iteration, more: more));

    [Fact]
    public Task Silent_two_networks_that_are_clipped_together() => Verify.Analyzer<STAB3002ClippingOutOfPlace>(Loops.Models + """
        class Gan
        {
            void Train()
            {
                var generator = new Net();
                var critic = new Net();
                var both = Sequential(generator, critic);
                var optimizerG = optim.Adam(generator.parameters());
                var optimizerC = optim.Adam(critic.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    optimizerC.zero_grad();
                    optimizerG.zero_grad();
                    critic.call(x).mean().backward();
                    critic.call(generator.call(y)).mean().backward();
                    nn.utils.clip_grad_norm_(critic.parameters(), 1.0);
                    nn.utils.clip_grad_norm_(generator.parameters(), 1.0);
                    optimizerG.step();
                    optimizerC.step();
                    critic.call(x).mean().backward();
                    nn.utils.clip_grad_norm_(both.parameters(), 1.0);
                    optimizerC.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_in_a_method_whose_callers_are_elsewhere() => Verify.Analyzer<STAB3002ClippingOutOfPlace>(Loops.Models + """
        public class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Batch(Tensor loss) { nn.utils.clip_grad_norm_(model.parameters(), 1.0); loss.backward(); optimizer.step(); }
        }
        """);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3002ClippingOutOfPlace>(Loops.Of("nn.utils.clip_grad_norm_(model.parameters(, 1.0; Loss(model, x, y).backwar(); optimizer.step();"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("optimizer.zero_grad(); [|nn.utils.clip_grad_norm_(model.parameters(), 1.0)|]; Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("[|nn.utils.clip_grad_norm_(model.parameters(), 1.0)|]; optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step(); [|nn.utils.clip_grad_norm_(model.parameters(), 1.0)|];")]
    [InlineData("Loss(model, x, y).backward(); optimizer.step(); optimizer.zero_grad(); [|nn.utils.clip_grad_value_(model.parameters(), 1.0)|];")]
    public Task Reports_a_wrong_place(string iteration) => Verify.Analyzer<STAB3002ClippingOutOfPlace>(Loops.Of(iteration));

    [Fact]
    public Task Reports_other_parameters_and_names_those_that_step() => Verify.CodeFix<STAB3002ClippingOutOfPlace, STAB3002ClippingFix>(
        Gan("[|nn.utils.clip_grad_norm_(critic.parameters(), 1.0)|];"),
        Gan("nn.utils.clip_grad_norm_(generator.parameters(), 1.0);"),
        "STAB3002:best",
        "Clip the parameters that the step changes: generator.parameters()");

    [Fact]
    public Task Message() => Verify.Message<STAB3002ClippingOutOfPlace>(
        Loops.Of("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step(); {|#0:nn.utils.clip_grad_norm_(model.parameters(), 1.0)|};"),
        "Clipping has no effect here: the step has used the gradients already, and they are cleared before the next one");

    // ---- the fix ----

    [Fact]
    public Task Fix_moves_it_before_the_step() => Verify.CodeFix<STAB3002ClippingOutOfPlace, STAB3002ClippingFix>(
        Loops.Of("""
            optimizer.zero_grad();
                        // bounds the step
                        [|nn.utils.clip_grad_norm_(model.parameters(), 1.0)|]; // here
                        Loss(model, x, y).backward();

                        // learns
                        optimizer.step();
            """),
        Loops.Of("""
            optimizer.zero_grad();
                        Loss(model, x, y).backward();
                        // bounds the step
                        nn.utils.clip_grad_norm_(model.parameters(), 1.0); // here

                        // learns
                        optimizer.step();
            """),
        "STAB3002:best",
        "Clip right before the step");

    [Fact]
    public Task Not_fixed_where_the_step_is_elsewhere() => Verify.NoCodeFix<STAB3002ClippingOutOfPlace, STAB3002ClippingFix>(
        Loops.Of("optimizer.zero_grad(); [|nn.utils.clip_grad_norm_(model.parameters(), 1.0)|]; Loss(model, x, y).backward(); if (flag) optimizer.step();"));

    private static string Gan(string clip) => Loops.Models + $$"""
        class Gan
        {
            void Train()
            {
                var generator = new Net();
                var critic = new Net();
                var optimizerG = optim.Adam(generator.parameters());
                var optimizerC = optim.Adam(critic.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    optimizerC.zero_grad();
                    critic.call(generator.call(x).detach()).mean().backward();
                    nn.utils.clip_grad_norm_(critic.parameters(), 1.0);
                    optimizerC.step();
                    optimizerG.zero_grad();
                    critic.call(generator.call(y)).mean().backward();
                    {{clip}}
                    optimizerG.step();
                }
            }
        }
        """;
}
