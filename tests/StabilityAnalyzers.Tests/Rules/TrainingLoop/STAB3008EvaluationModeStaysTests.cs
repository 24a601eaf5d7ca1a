using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3008EvaluationModeStaysTests
{
    private const string Train = "optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step(); ";

    // ---- what must not be reported ----

    [Theory]
    [InlineData("model.train(); " + Train + "model.eval();")]
    [InlineData(Train + "model.eval(); Loss(model, x, y); model.train();")]
    [InlineData(Train + "if (flag) { model.eval(); Loss(model, x, y); model.train(); }")]
    [InlineData(Train + "model.eval(); Loss(model, x, y); model.train(flag);")]
    [InlineData(Train + "model.eval(); if (flag) model.train();")]
    // a part of it, as to freeze the statistics
    [InlineData("model.Drop.eval(); " + Train)]
    // training ends
    [InlineData(Train + "if (flag) { model.eval(); break; }")]
    [InlineData(Train + "if (flag) { model.eval(); return; }")]
    public Task Silent(string iteration) => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Of(iteration));

    [Theory]
    [InlineData(Train + "Evaluate(model, x);", "--- static void Evaluate(Net m, Tensor x) { m.eval(); m.call(x); m.train(); }")]
    [InlineData("Mode(model, true); " + Train + "model.eval();", "--- static void Mode(Net m, bool on) => m.train(on);")]
    [InlineData(Train + "model.eval(); Hooks.After?.Invoke();", "static class Hooks { public static Action? After; }")]
    public Task Silent_elsewhere(string iteration, string more) => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Of(iteration, more: more));

    [Fact]
    public Task Silent_after_the_training() => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Of(Train, after: "model.eval();"));

    [Fact]
    public Task Silent_the_mode_does_not_matter() => Verify.Analyzer<STAB3008EvaluationModeStays>("""
        class Trainer
        {
            void Train(Tensor x, Module unknown)
            {
                var model = Sequential(Linear(1, 1), ReLU(), LayerNorm(1));
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    optimizer.zero_grad();
                    model.call(x).sum().backward();
                    optimizer.step();
                    model.eval();
                    unknown.eval();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_another_model() => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Of(Train, before: "var teacher = new Net(); teacher.eval();"));

    [Fact]
    public Task Silent_gradients_of_the_input() => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Models + """
        class Attack
        {
            void Run(Net model)
            {
                model.eval();
                foreach (var (x, y) in Data.Batches())
                {
                    x.requires_grad = true;
                    model.zero_grad();
                    F.mse_loss(model.call(x), y).backward();
                    var perturbed = x + 0.1 * x.grad!.sign();
                    model.call(perturbed);
                }
            }
        }
        """);

    [Fact]
    public Task Silent_where_it_is_loaded() => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Models + """
        class Service
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Service() { model.load("model.dat"); model.eval(); optimizer = optim.Adam(model.parameters()); }
            public Tensor Predict(Tensor x) => model.call(x);
            public void Train()
            {
                model.train();
                foreach (var (x, y) in Data.Batches()) { optimizer.zero_grad(); F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
                model.eval();
            }
        }
        """);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3008EvaluationModeStays>(Loops.Of(Train + "model.eval(; Los(; model.trai();"));

    // ---- what must be reported ----

    [Theory]
    [InlineData(Train + "[|model.eval()|]; Loss(model, x, y);")]
    [InlineData(Train + "[|model.train(false)|]; Loss(model, x, y);")]
    [InlineData(Train + "if (++count % 10 == 0) { [|model.eval()|]; Loss(model, x, y); }")]
    [InlineData("[|model.eval()|]; " + Train)]
    public Task Reports(string iteration) => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Of(iteration));

    [Fact]
    public Task Reports_before_the_loop() => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Of(Train, before: "[|model.eval()|];"));

    [Fact]
    public Task Reports_train_before_the_loop_of_epochs_only() => Verify.Analyzer<STAB3008EvaluationModeStays>(Loops.Models + """
        class Trainer
        {
            static void Start()
            {
                var net = new Net();
                var sgd = optim.SGD(net.parameters(), 0.1);
                net.train();
                for (var epoch = 0; epoch < 10; epoch++)
                {
                    Epoch(net, sgd);
                    Evaluate(net);
                }
            }
            static void Epoch(Net model, optim.Optimizer optimizer)
            {
                foreach (var (x, y) in Data.Batches()) { optimizer.zero_grad(); F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
            }
            static void Evaluate(Net model)
            {
                [|model.eval()|];
                using var off = no_grad();
                foreach (var (x, y) in Data.Batches()) Console.WriteLine(F.mse_loss(model.call(x), y).ToSingle());
            }
        }
        """);

    [Fact]
    public Task Message() => Verify.Message<STAB3008EvaluationModeStays>(
        Loops.Of(Train + "{|#0:model.eval()|};"),
        "Training goes on in evaluation mode: nothing calls train() after this eval(), and the Dropout of the model stays off");

    // ---- the fix ----

    [Fact]
    public Task Fix_goes_back_before_the_training() => Verify.CodeFix<STAB3008EvaluationModeStays, STAB3008InsertTrainFix>(
        Epochs("""
            // learn
                        foreach (var (x, y) in Data.Batches()) { optimizer.zero_grad(); F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
                        // look
                        [|model.eval()|];
            """),
        Epochs("""
            model.train();
                        // learn
                        foreach (var (x, y) in Data.Batches()) { optimizer.zero_grad(); F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
                        // look
                        model.eval();
            """),
        "STAB3008:best",
        "Go back to training mode before the training: model.train()");

    [Fact]
    public Task Not_fixed_where_the_training_is_elsewhere() => Verify.NoCodeFix<STAB3008EvaluationModeStays, STAB3008InsertTrainFix>(
        Loops.Of("Batch(Loss(model, x, y), optimizer); [|model.eval()|];", more: "--- static void Batch(Tensor loss, Adam o) { o.zero_grad(); loss.backward(); o.step(); }"));

    private static string Epochs(string body) => Loops.Models + $$"""
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                for (var epoch = 0; epoch < 10; epoch++)
                {
                    {{body}}
                    foreach (var (x, y) in Data.Batches()) Console.WriteLine(F.mse_loss(model.call(x), y).ToSingle());
                }
            }
        }
        """;
}
