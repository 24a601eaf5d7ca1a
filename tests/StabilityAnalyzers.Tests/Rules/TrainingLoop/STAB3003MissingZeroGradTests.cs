using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3003MissingZeroGradTests
{
    private const string Plain = "Loss(model, x, y).backward(); optimizer.step();";

    // ---- what must not be reported ----

    [Theory]
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("var loss = Loss(model, x, y); optimizer.zero_grad(); loss.backward(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); optimizer.step(); optimizer.zero_grad();")]
    [InlineData("model.zero_grad(); Loss(model, x, y).backward(); optimizer.step();")]
    // gradient accumulation
    [InlineData("Loss(model, x, y).backward(); if (++count % 4 == 0) { optimizer.step(); optimizer.zero_grad(); }")]
    [InlineData("if (count++ % 4 == 0) optimizer.zero_grad(); Loss(model, x, y).backward(); if (count % 4 == 0) optimizer.step();")]
    [InlineData("optimizer.zero_grad(); for (var i = 0; i < 4; i++) Loss(model, x, y).backward(); optimizer.step();")]
    // several losses, as in a GAN
    [InlineData("optimizer.zero_grad(); Loss(model, x, y).backward(); Loss(model, y, x).backward(); optimizer.step();")]
    // by hand
    [InlineData("foreach (var p in model.parameters()) p.grad = null; Loss(model, x, y).backward(); optimizer.step();")]
    [InlineData("Loss(model, x, y).backward(); optimizer.step(); foreach (var p in model.parameters()) p.grad?.zero_();")]
    [InlineData("model.parameters().ToList().ForEach(p => p.grad?.zero_()); Loss(model, x, y).backward(); optimizer.step();")]
    // in the way out
    [InlineData("try { Loss(model, x, y).backward(); optimizer.step(); if (flag) continue; } finally { optimizer.zero_grad(); }")]
    [InlineData("do { Loss(model, x, y).backward(); optimizer.step(); } while (false); break;")]
    // no second backward
    [InlineData("if (flag) { Loss(model, x, y).backward(); optimizer.step(); break; }")]
    [InlineData("Loss(model, x, y).backward(); optimizer.step(); return;")]
    // a new optimizer for each fold
    [InlineData("var net = new Net(); var adam = optim.Adam(net.parameters()); Loss(net, x, y).backward(); adam.step();")]
    // no step in the loop
    [InlineData("Loss(model, x, y).backward();")]
    // a closure
    [InlineData("optimizer.step(() => { var loss = Loss(model, x, y); loss.backward(); return loss; });")]
    public Task Silent(string iteration) => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Of(iteration));

    [Theory]
    [InlineData("Step(Loss(model, x, y), optimizer);", "--- static void Step(Tensor loss, optim.Optimizer o) { o.zero_grad(); loss.backward(); o.step(); }")]
    [InlineData("Loss(model, x, y).backward(); new Wrapper(optimizer).Step();", "class Wrapper(optim.Optimizer o) { public void Step() { o.step(); o.zero_grad(); } }")]
    [InlineData("foreach (var batch in Clearing(optimizer)) { Loss(model, x, batch).backward(); optimizer.step(); } return;", "--- static IEnumerable<Tensor> Clearing(optim.Optimizer o) { while (true) { o.zero_grad(); yield return rand(1); } }")]
    [InlineData("Clear(optimizer); " + Plain, "--- static void Clear(optim.Optimizer o) => o.zero_grad();")]
    [InlineData("Clear(); " + Plain, "--- public static Action Clear = () => { };")]
    [InlineData("Hooks.After?.Invoke(); " + Plain, "static class Hooks { public static Action? After; }")]
    [InlineData("Hooks.Instance.Before(); " + Plain, "class Hooks { public static Hooks Instance = new(); public virtual void Before() { } }")]
    [InlineData("using (new Clean(optimizer)) { " + Plain + " }", "sealed class Clean(optim.Optimizer o) : IDisposable { public void Dispose() => o.zero_grad(); }")]
    [InlineData("dynamic o = optimizer; o.zero_grad(); " + Plain, "")]
    public Task Silent_cleared_elsewhere(string iteration, string more) => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Of(iteration, more: more));

    [Fact]
    public Task Silent_a_lambda_that_runs_once() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        class Trainer
        {
            async System.Threading.Tasks.Task Once(Tensor x)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                await System.Threading.Tasks.Task.Run(() => { model.call(x).sum().backward(); optimizer.step(); });
                Timed(() => { model.call(x).sum().backward(); optimizer.step(); });
            }
            static void Timed(Action action) => action();
        }
        """);

    [Theory]
    [InlineData("Repeat(() => { optimizer.zero_grad(); model.call(x).sum().backward(); optimizer.step(); });")]
    [InlineData("Repeat(() => Step(model.call(x).sum(), optimizer, o => o.zero_grad()));")]
    [InlineData("Repeat(flag ? (() => { }) : () => { optimizer.zero_grad(); model.call(x).sum().backward(); optimizer.step(); });")]
    public Task Silent_cleared_in_a_delegate(string call) => Verify.Analyzer<STAB3003MissingZeroGrad>(Delegates(call));

    [Theory]
    [InlineData("Repeat(() => { [|model.call(x).sum().backward()|]; optimizer.step(); });")]
    [InlineData("Enumerable.Range(0, 3).ToList().ForEach(_ => { [|model.call(x).sum().backward()|]; optimizer.step(); });")]
    [InlineData("Repeat(() => { Pick(\"a b\", Split); [|model.call(x).sum().backward()|]; optimizer.step(); });")]
    public Task Reports_in_a_delegate(string call) => Verify.Analyzer<STAB3003MissingZeroGrad>(Delegates(call));

    [Fact]
    public Task Silent_cleared_once_per_epoch_by_the_caller() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly optim.Optimizer optimizer;
            public Trainer() { optimizer = optim.SGD(model.parameters(), 0.1); }
            public void Train()
            {
                for (var epoch = 0; epoch < 3; epoch++)
                {
                    optimizer.zero_grad();
                    Epoch();
                }
            }
            private void Epoch() { foreach (var (x, y) in Data.Batches()) Batch(x, y); }
            private void Batch(Tensor x, Tensor y) { F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
        }
        """);

    [Fact]
    public Task Silent_cleared_in_a_base_class() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        abstract class TrainerBase
        {
            protected readonly Net model = new();
            protected abstract optim.Optimizer Optimizer { get; }
            protected abstract void Update(Tensor x, Tensor y);
            public void Train()
            {
                foreach (var (x, y) in Data.Batches()) { Optimizer.zero_grad(); Update(x, y); }
            }
        }
        class Trainer : TrainerBase
        {
            private readonly SGD sgd;
            public Trainer() { sgd = optim.SGD(model.parameters(), 0.1); }
            protected override optim.Optimizer Optimizer => sgd;
            protected override void Update(Tensor x, Tensor y) { F.mse_loss(model.call(x), y).backward(); sgd.step(); }
        }
        """);

    [Fact]
    public Task Silent_an_optimizer_of_the_users_that_clears() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        class Clearing(IEnumerable<Parameter> p) : SGD(p, 0.1)
        {
            public override Tensor step(Func<Tensor>? closure = null) { var loss = base.step(closure!); zero_grad(); return loss; }
        }
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                optim.Optimizer optimizer = new Clearing(model.parameters());
                foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
            }
        }
        """);

    [Fact]
    public Task Silent_an_optimizer_from_elsewhere() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        public class Trainer
        {
            public void Train(Module<Tensor, Tensor> model, optim.Optimizer optimizer)
            {
                foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); optimizer.step(); }
            }
        }
        """);

    [Fact]
    public Task Silent_a_model_that_may_clear_by_itself() => Verify.Analyzer<STAB3003MissingZeroGrad>("""
        class Inverting : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(4, 4);
            public Inverting() : base("Inverting") { RegisterComponents(); }
            public override Tensor forward(Tensor x) { zero_grad(); return fc.call(x); }
            public static void Train(Tensor x)
            {
                var model = new Inverting();
                var optimizer = optim.Adam(model.parameters());
                while (true) { model.call(x).sum().backward(); optimizer.step(); }
            }
        }
        """);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3003MissingZeroGrad>(Loops.Of("Loss(model, x, y.backward(); optimizer.step(;"));

    [Fact]
    public Task Silent_without_TorchSharp() => Verify.Silent<STAB3003MissingZeroGrad>(
        "class T { void M(dynamic loss, dynamic o) { while (true) { loss.backward(); o.step(); } } }", withTorchSharp: false);

    private static string Delegates(string call) => Loops.Models + $$"""
        class Trainer
        {
            void Train(Tensor x, bool flag)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                {{call}}
            }
            static void Repeat(Action action) { for (var i = 0; i < 9; i++) action(); }
            static void Step(Tensor loss, optim.Optimizer o, Action<optim.Optimizer> before) { before(o); loss.backward(); o.step(); }
            static string Pick(string text, Func<string, string[]> tokenize) => tokenize(text)[0];
            static string[] Split(string text) => text.Split();
        }
        """;

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|Loss(model, x, y).backward()|]; optimizer.step();")]
    [InlineData("var loss = Loss(model, x, y); [|loss.backward()|]; nn.utils.clip_grad_norm_(model.parameters(), 1.0); optimizer.step();")]
    [InlineData("[|torch.autograd.backward(new[] { Loss(model, x, y) })|]; optimizer.step();")]
    [InlineData("if (flag) continue; [|Loss(model, x, y).backward()|]; optimizer.step(); Console.WriteLine(count);")]
    [InlineData("[|Loss(model, x, y).backward()|]; Loss(model, y, x).backward(); optimizer.step();")]
    [InlineData("[|Loss(model, x, y).backward()|]; if (++count % 4 == 0) optimizer.step();")]
    [InlineData("try { [|Loss(model, x, y).backward()|]; optimizer.step(); } catch (InvalidOperationException) { }")]
    [InlineData("switch (count) { case 0: [|Loss(model, x, y).backward()|]; optimizer.step(); break; }")]
    public Task Reports(string iteration) => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Of(iteration));

    [Fact]
    public Task Reports_what_is_cleared_before_the_loop_only() =>
        Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Of("[|Loss(model, x, y).backward()|]; optimizer.step();", before: "optimizer.zero_grad();"));

    [Fact]
    public Task Reports_the_epochs_of_each_fold() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        class Folds
        {
            void Validate()
            {
                for (var fold = 0; fold < 5; fold++)
                {
                    var model = new Net();
                    var optimizer = optim.Adam(model.parameters());
                    foreach (var (x, y) in Data.Batches())
                    {
                        [|F.mse_loss(model.call(x), y).backward()|];
                        optimizer.step();
                    }
                }
            }
        }
        """);

    [Fact]
    public Task Reports_in_a_trainer_over_several_methods() => Verify.Analyzer<STAB3003MissingZeroGrad>(Loops.Models + """
        class Trainer(Net model, optim.Optimizer optimizer)
        {
            public static void Start()
            {
                var net = new Net();
                new Trainer(net, optim.AdamW(net.parameters())).Train();
            }
            public void Train() { for (var epoch = 0; epoch < 3; epoch++) Epoch(); }
            private void Epoch() { foreach (var (x, y) in Data.Batches()) Batch(x, y); }
            private void Batch(Tensor x, Tensor y)
            {
                Backward(F.mse_loss(model.call(x), y));
                Step();
            }
            private static void Backward(Tensor loss) => [|loss.backward()|];
            private void Step() => optimizer.step();
        }
        """);

    // ---- the fix ----

    [Fact]
    public Task Fix_clears_before_backward() => Verify.CodeFix<STAB3003MissingZeroGrad, STAB3003InsertZeroGradFix>(
        Loops.Of("""
            // the loss
            var loss = Loss(model, x, y);
                        // its gradient
                        [|loss.backward()|];
                        optimizer.step();
            """),
        Loops.Of("""
            // the loss
            var loss = Loss(model, x, y);
                        optimizer.zero_grad();
                        // its gradient
                        loss.backward();
                        optimizer.step();
            """),
        "STAB3003:best",
        "Clear the gradients before backward: optimizer.zero_grad()");

    [Fact]
    public Task Fix_names_the_optimizer_as_it_is_known_there() => Verify.CodeFix<STAB3003MissingZeroGrad, STAB3003InsertZeroGradFix>(
        Loops.Of("Batch(Loss(model, x, y), optimizer);", more: "--- static void Batch(Tensor loss, Adam adam) { [|loss.backward()|]; Step(adam); } static void Step(Adam o) => o.step();"),
        Loops.Of("Batch(Loss(model, x, y), optimizer);", more: "--- static void Batch(Tensor loss, Adam adam) { adam.zero_grad(); loss.backward(); Step(adam); } static void Step(Adam o) => o.step();"));

    [Theory]
    // which of the losses begins anew is not known
    [InlineData("for (var i = 0; i < 4; i++) [|Loss(model, x, y).backward()|]; optimizer.step();", "")]
    // nor which optimizer
    [InlineData("[|Loss(model, x, y).backward()|]; (flag ? Two.A : Two.B).step();", "static class Two { static readonly Net Net = new(); public static readonly SGD A = optim.SGD(Net.parameters(), 0.1), B = optim.SGD(Net.parameters(), 0.2); }")]
    public Task Not_fixed(string iteration, string more) => Verify.NoCodeFix<STAB3003MissingZeroGrad, STAB3003InsertZeroGradFix>(
        Loops.Of(iteration, more: more));
}
