using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3010EvaluationRecordsGradientsTests
{
    private const string Loop = "foreach (var (x, y) in Data.Batches()) { var loss = F.mse_loss(model.call(x), y).ToSingle(); }";

    // ---- what must not be reported ----

    [Theory]
    [InlineData("model.eval(); using (no_grad()) { " + Loop + " }")]
    [InlineData("model.eval(); using var off = torch.no_grad(); " + Loop)]
    [InlineData("using var off = inference_mode(); model.eval(); " + Loop)]
    [InlineData("model.eval(); set_grad_enabled(false); " + Loop)]
    [InlineData("model.eval(); foreach (var (x, y) in Data.Batches()) { using (no_grad()) { model.call(x); } }")]
    [InlineData("using var off = model.training ? null : no_grad(); model.eval(); " + Loop)]
    // a single output
    [InlineData("model.eval(); model.call(rand(1));")]
    // gradients are used
    [InlineData("model.eval(); foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); }")]
    [InlineData("model.eval(); model.train(); " + Loop)]
    [InlineData("model.eval(); foreach (var p in model.parameters()) p.requires_grad = false; " + Loop)]
    // another model
    [InlineData("var other = new Net(); other.eval(); " + Loop)]
    [InlineData("model.train(); " + Loop)]
    public Task Silent(string body) => Verify.Analyzer<STAB3010EvaluationRecordsGradients>(Code(body));

    [Fact]
    public Task Silent_in_a_caller() => Verify.Analyzer<STAB3010EvaluationRecordsGradients>(
        Code("model.eval(); " + Loop, "static void Start() { using (no_grad()) new Trainer().Test(new Net()); }"));

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3010EvaluationRecordsGradients>(Code("model.eval(); Prepar(; " + Loop));

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|model.eval()|]; " + Loop)]
    [InlineData("var total = 0.0; [|model.eval()|]; using (var scope = NewDisposeScope()) { " + Loop + " }")]
    [InlineData("using (no_grad()) { model.call(rand(1)); } [|model.eval()|]; " + Loop)]
    [InlineData("for (var i = 0; i < 2; i++) { using var off = no_grad(); if (i == 0) continue; break; } [|model.eval()|]; " + Loop)]
    [InlineData("[|model.eval()|]; for (var i = 0; i < 9; i++) model.forward(rand(1));")]
    public Task Reports(string body) => Verify.Analyzer<STAB3010EvaluationRecordsGradients>(Code(body));

    [Fact]
    public Task Reports_between_epochs() => Verify.Analyzer<STAB3010EvaluationRecordsGradients>(Loops.Models + """
        class Trainer
        {
            static void Start()
            {
                var net = new Net();
                var sgd = optim.SGD(net.parameters(), 0.1);
                for (var epoch = 0; epoch < 10; epoch++)
                {
                    net.train();
                    foreach (var (x, y) in Data.Batches()) { sgd.zero_grad(); F.mse_loss(net.call(x), y).backward(); sgd.step(); }
                    Evaluate(net);
                }
            }
            static void Evaluate(Net model)
            {
                [|model.eval()|];
                foreach (var (x, y) in Data.Batches()) Console.WriteLine(F.mse_loss(model.call(x), y).ToSingle());
            }
        }
        """);

    // ---- the fix ----

    [Fact]
    public Task Fix_turns_gradients_off_for_the_rest_of_the_block() => Verify.CodeFix<STAB3010EvaluationRecordsGradients, STAB3010NoGradFix>(
        Code("""
            // look
                    [|model.eval()|]; // here
                    // at all of it
            """ + "\n        " + Loop),
        Code("""
            // look
                    model.eval(); // here
                    using var noGrad = torch.no_grad();
                    // at all of it
            """ + "\n        " + Loop),
        "STAB3010:best",
        "Turn gradients off for the rest of the block: torch.no_grad()");

    [Fact]
    public Task Not_fixed_where_training_follows() => Verify.NoCodeFix<STAB3010EvaluationRecordsGradients, STAB3010NoGradFix>(
        Code("[|model.eval()|]; " + Loop + " model.train(); model.call(rand(1)).backward();"));

    private static string Code(string body, string more = "") => Loops.Models + $$"""
        class Trainer
        {
            void Test(Net model)
            {
                {{body}}
            }
            {{more}}
        }
        """;
}
