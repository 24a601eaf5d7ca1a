using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3005LossKeepsGraphTests
{
    private const string Before = "var total = zeros(1); var losses = new List<Tensor>(); var sum = 0.0;";
    private const string Train = "optimizer.zero_grad(); var loss = Loss(model, x, y); loss.backward(); optimizer.step(); ";

    // ---- what must not be reported ----

    [Theory]
    [InlineData(Train + "sum += loss.ToSingle();")]
    [InlineData(Train + "sum += loss.item<float>() * 2;")]
    [InlineData(Train + "total += loss.detach();")]
    [InlineData(Train + "losses.Add(loss.detach());")]
    [InlineData(Train + "losses.Add(loss.cpu().detach());")]
    [InlineData(Train + "using (no_grad()) total += loss;")]
    // a sum that is differentiated: steps of a sequence, terms of a loss
    [InlineData("optimizer.zero_grad(); var all = zeros(1); for (var t = 0; t < 9; t++) { var loss = Loss(model, x[t], y[t]); all += loss; } all.backward(); optimizer.step();")]
    [InlineData("var loss = Loss(model, x, y); total += loss; if (++count % 8 == 0) { total.backward(); optimizer.step(); optimizer.zero_grad(); }")]
    [InlineData("var loss = Loss(model, x, y); loss = loss + model.parameters().First().norm(); loss.backward(); optimizer.step();")]
    [InlineData(Train + "var both = loss + loss; sum += both.ToSingle();")]
    // the graph is kept for a second time
    [InlineData("var loss = Loss(model, x, y); loss.backward(retain_graph: true); losses.Add(loss);")]
    // tensors are disposed of, or dropped
    [InlineData("using var scope = NewDisposeScope(); " + Train + "losses.Add(loss);")]
    [InlineData("using var loss = Loss(model, x, y); loss.backward(); losses.Add(loss);")]
    [InlineData(Train + "total += loss; if (++count % 100 == 0) { Console.WriteLine(total); total = zeros(1); }")]
    [InlineData(Train + "losses.Add(loss); if (losses.Count > 9) losses.Clear();")]
    [InlineData(Train + "var few = new List<Tensor>(); few.Add(loss);")]
    [InlineData(Train + "loss = loss.detach(); losses.Add(loss);")]
    [InlineData("using (var all = NewDisposeScope()) { } " + Train + "losses.Add(loss);")]
    // no gradient, as far as one sees
    [InlineData("var loss = Loss(model, x, y); losses.Add(loss);")]
    [InlineData(Train + "losses.Add(x); total += y;")]
    public Task Silent(string iteration) => Verify.Analyzer<STAB3005LossKeepsGraph>(Loops.Of(iteration, Before));

    [Theory]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); return loss.detach();", "losses.Add(loss);")]
    [InlineData("using var scope = NewDisposeScope(); var loss = Loss(model, x, y); loss.backward(); return loss.MoveToOuterDisposeScope();", "losses.Add(loss);")]
    [InlineData("var loss = Loss(model, x, y); return loss;", "losses.Add(loss);")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(retain_graph: true); return loss;", "losses.Add(loss);")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); loss = loss.detach(); return loss;", "losses.Add(loss);")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); var value = zeros(1); return value;", "losses.Add(loss);")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); var value = zeros(1); if (x.dim() > 1) return value; return loss;", "losses.Add(loss);")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); return loss;", "total += loss; total.backward();")]
    [InlineData("var loss = Loss(model, x, y); loss.backward(); return loss;", "sum += loss.ToSingle();")]
    public Task Silent_about_what_a_step_returns(string step, string use) => Verify.Analyzer<STAB3005LossKeepsGraph>(WithStep(step, use));

    [Fact]
    public Task Silent_about_a_step_that_may_be_another() => Verify.Analyzer<STAB3005LossKeepsGraph>(
        WithStep("var loss = Loss(model, x, y); loss.backward(); return loss;", "losses.Add(loss);").Replace("private Tensor Step", "protected virtual Tensor Step"));

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3005LossKeepsGraph>(Loops.Of("var loss = Loss(model, x, y; total += loss; loss.backwar();", Before));

    // ---- what must be reported ----

    [Theory]
    [InlineData(Train + "total += [|loss|];")]
    [InlineData("var loss = Loss(model, x, y); total += [|loss|]; loss.backward();")]
    [InlineData(Train + "total = total + [|loss|];")]
    [InlineData(Train + "total += [|loss|] * 4;")]
    [InlineData(Train + "total += [|loss|] / 4;")]
    [InlineData(Train + "losses.Add([|loss|]);")]
    public Task Reports(string iteration) => Verify.Analyzer<STAB3005LossKeepsGraph>(Loops.Of(iteration, Before));

    [Theory]
    [InlineData("losses.Add([|loss|]);")]
    [InlineData("total += [|loss|];")]
    public Task Reports_the_loss_that_a_step_returns(string use) => Verify.Analyzer<STAB3005LossKeepsGraph>(
        WithStep("optimizer.zero_grad(); var loss = Loss(model, x, y); loss.backward(); optimizer.step(); return loss;", use));

    [Fact]
    public Task Reports_a_field_and_an_inner_loop() => Verify.Analyzer<STAB3005LossKeepsGraph>(Loops.Models + """
        class Trainer
        {
            private readonly List<Tensor> history = new();
            public void Train(Net model, optim.Optimizer optimizer)
            {
                for (var epoch = 0; epoch < 3; epoch++)
                {
                    var total = zeros(1);
                    foreach (var (x, y) in Data.Batches())
                    {
                        optimizer.zero_grad();
                        var loss = F.mse_loss(model.call(x), y);
                        loss.backward();
                        optimizer.step();
                        total += [|loss|];
                        history.Add([|loss|]);
                    }
                    Console.WriteLine(total.ToSingle());
                }
            }
        }
        """);

    [Fact]
    public Task Message() => Verify.Message<STAB3005LossKeepsGraph>(
        Loops.Of(Train + "losses.Add({|#0:loss|});", Before),
        "'losses' keeps the graph of each iteration alive, because the tensor 'loss' itself is added to it");

    // ---- the fix ----

    [Fact]
    public Task Fix_adds_the_value() => Verify.CodeFix<STAB3005LossKeepsGraph, STAB3005DetachFix>(
        Loops.Of(Train + "total += [|loss|] /* here */ * 4; losses.Add([|loss|]);", Before),
        Loops.Of(Train + "total += loss.detach() /* here */ * 4; losses.Add(loss.detach());", Before),
        "STAB3005:best",
        "Add the value without its graph: loss.detach()");

    private static string WithStep(string step, string use) => Loops.Models + $$"""
        class Trainer
        {
            private Tensor Step(Net model, optim.Optimizer optimizer, Tensor x, Tensor y) { {{step}} }
            private Tensor Loss(Net model, Tensor x, Tensor y) => F.cross_entropy(model.call(x), y);
            public void Train(Net model, optim.Optimizer optimizer, Tensor x, Tensor y)
            {
                {{Before}}
                for (var i = 0; i < 100; i++)
                {
                    var loss = Step(model, optimizer, x, y);
                    {{use}}
                }
            }
        }
        """;
}
