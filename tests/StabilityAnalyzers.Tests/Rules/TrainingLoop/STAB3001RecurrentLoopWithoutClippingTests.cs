using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3001RecurrentLoopWithoutClippingTests
{
    // A recurrent model and a plain one, for the loops below.
    private const string Models = """

        class Net : Module<Tensor, Tensor>
        {
            private readonly GRU gru = GRU(2, 16);
            private readonly Linear head = Linear(16, 1);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                var (output, _) = gru.call(x);
                return head.call(output);
            }
        }

        class Mlp : Module<Tensor, Tensor>
        {
            private readonly Linear head = Linear(16, 1);
            public Mlp() : base("Mlp") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(x);
        }

        static class Data
        {
            public static IEnumerable<(Tensor x, Tensor y)> Batches() { yield break; }
        }

        """;

    // ---- what must not be reported ----

    [Fact]
    public Task Silent_clipped_by_norm() => Silent("""
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
        """);

    [Fact]
    public Task Silent_clipped_by_value() => Silent("""
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.5);
        """);

    [Fact]
    public Task Silent_clipped_only_if() => Silent("""
        if (model.training && loss.ToSingle() > 1) nn.utils.clip_grad_norm_(model.parameters(), 1.0);
        """);

    [Fact]
    public Task Silent_clipped_by_hand_in_place() => Silent("""
        foreach (var p in model.parameters()) p.grad?.clamp_(-1, 1);
        """);

    [Fact]
    public Task Silent_clipped_by_hand_with_mul() => Silent("""
        using (no_grad())
        {
            foreach (var p in model.parameters()) { var g = p.grad; if (g is not null) g.mul_(0.5); }
        }
        """);

    [Fact]
    public Task Silent_clipped_by_assignment() => Silent("""
        foreach (var (name, p) in model.named_parameters()) p.grad = p.grad!.clamp(-1, 1);
        """);

    [Fact]
    public Task Silent_clipped_in_a_framework_call_with_a_lambda() => Silent("""
        model.parameters().ToList().ForEach(p => p.grad?.clamp_(-1, 1));
        """);

    [Fact]
    public Task Silent_something_dynamic_runs_in_between() => Silent("""
        dynamic clipper = model; clipper.Clip();
        """);

    [Fact]
    public Task Silent_an_unknown_delegate_runs_in_between() => Silent("""
        Hooks.AfterBackward?.Invoke();
        """, "static class Hooks { public static Action? AfterBackward; }");

    [Fact]
    public Task Silent_clipped_in_a_helper() => Silent("""
        Training.Clip(model, 1);
        """, """
        static class Training
        {
            public static void Clip(Module m, double norm) => Really(m, norm);
            private static void Really(Module m, double norm) { if (norm > 0) nn.utils.clip_grad_norm_(m.parameters(), norm); }
        }
        """);

    [Fact]
    public Task Silent_clipped_in_a_method_group() => Silent("""
        model.parameters().ToList().ForEach(Training.Clip);
        """, "static class Training { public static void Clip(Parameter p) => p.grad?.clamp_(-1, 1); }");

    [Fact]
    public Task Silent_clipped_behind_an_interface() => Silent("""
        Training.Clipper.Clip(model);
        """, """
        interface IClipper { void Clip(Module m); }
        static class Training { public static IClipper Clipper = null!; }
        """);

    [Fact]
    public Task Silent_clipped_by_a_virtual_method() => Silent("""
        Training.Instance.AfterBackward(model);
        """, "class Training { public static Training Instance = new(); public virtual void AfterBackward(Module m) { } }");

    [Fact]
    public Task Silent_clipped_by_a_disposable_of_the_users() => Silent(
        "",
        "sealed class Clipping(Module m) : IDisposable { public void Dispose() => nn.utils.clip_grad_norm_(m.parameters(), 1); }",
        backward: "using (new Clipping(model)) { loss.backward(); }");

    [Fact]
    public Task Silent_clipped_by_a_local_function() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    Clip();
                    optimizer.step();
                }
                void Clip() => nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            }
        }
        """);

    [Fact]
    public Task Silent_clipped_by_a_lambda_in_a_local() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                Action clip = () => nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    clip();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_no_recurrent_layer() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Mlp();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    optimizer.zero_grad();
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_the_recurrent_model_only_infers() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var encoder = new Net();
                var model = new Mlp();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    Tensor h;
                    using (no_grad()) h = encoder.call(x);
                    F.mse_loss(model.call(h), y).backward();
                    optimizer.step();
                }
            }

            void Predict(Net net)
            {
                foreach (var (x, _) in Data.Batches()) net.call(x);
            }
        }
        """);

    [Fact]
    public Task Silent_the_optimizer_has_only_the_head() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        class Net : Module<Tensor, Tensor>
        {
            public readonly LSTM lstm = LSTM(2, 16);
            public readonly Linear head = Linear(16, 1);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(lstm.call(x).Item1);

            public static void Train(Net model, IEnumerable<(Tensor x, Tensor y)> data)
            {
                var optimizer = optim.SGD(model.head.parameters(), 0.1);
                foreach (var (x, y) in data)
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_the_recurrent_layer_is_frozen() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train(Module encoder)
            {
                var model = new Net();
                foreach (var p in encoder.parameters()) p.requires_grad = false;
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_the_recurrent_layer_runs_without_gradient() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm = LSTM(2, 16);
            private readonly Linear head = Linear(16, 1);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                Tensor h;
                using (no_grad()) h = lstm.call(x).Item1;
                return head.call(h);
            }

            public static void Train(Net model, IEnumerable<(Tensor x, Tensor y)> data)
            {
                var optimizer = optim.SGD(model.parameters(), 0.1);
                foreach (var (x, y) in data)
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_parameters_are_filtered() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.named_parameters().Where(p => p.name.StartsWith("head")).Select(p => p.parameter));
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_layers_in_a_plain_list_are_not_trained() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly List<GRU> layers = new() { GRU(2, 16) };
            private static readonly GRU shared = GRU(2, 2);
            private readonly Linear head = Linear(16, 1);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(layers[0].call(x).Item1);

            public static void Train(Net model, IEnumerable<(Tensor x, Tensor y)> data)
            {
                var optimizer = optim.SGD(model.parameters(), 0.1);
                foreach (var (x, y) in data)
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_the_model_is_recurrent_only_if() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM? lstm;
            private readonly Module layer;
            private readonly Module<Tensor, Tensor> body;
            public Net(bool recurrent) : base("Net")
            {
                if (recurrent) lstm = LSTM(2, 2);
                layer = recurrent ? GRU(2, 2) : Linear(2, 2);
                body = Sequential(recurrent ? new Inner() : Linear(2, 2));
                RegisterComponents();
            }
            public override Tensor forward(Tensor x) => lstm is null ? ((Linear)layer).call(x) : lstm.call(x).Item1;

            public static void Train(bool recurrent, IEnumerable<(Tensor x, Tensor y)> data)
            {
                var model = new Net(recurrent);
                var optimizer = optim.SGD(model.parameters(), 0.1);
                Module<Tensor, Tensor> other = recurrent ? new Inner() : Linear(2, 2);
                var otherOptimizer = optim.SGD(other.parameters(), 0.1);
                foreach (var (x, y) in data)
                {
                    F.mse_loss(model.call(other.call(x)), y).backward();
                    optimizer.step();
                    otherOptimizer.step();
                }
            }
        }

        class Inner : Module<Tensor, Tensor>
        {
            private readonly GRU gru = GRU(2, 2);
            public Inner() : base("Inner") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => gru.call(x).Item1;
        }
        """);

    [Fact]
    public Task Silent_a_single_step_outside_any_loop() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Demo
        {
            void Once(Tensor x, Tensor y)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                F.mse_loss(model.call(x), y).backward();
                optimizer.step();
            }
        }
        """);

    [Fact]
    public Task Silent_no_backward_in_the_loop() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Demo
        {
            void Train(Action<Tensor> backward)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    backward(F.mse_loss(model.call(x), y));
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_closure() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var lbfgs = optim.LBFGS(model.parameters());
                var adam = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    Func<Tensor> closure = () => { var l = F.mse_loss(model.call(x), y); l.backward(); return l; };
                    lbfgs.step(closure);
                    adam.step(() => { var l = F.mse_loss(model.call(x), y); l.backward(); return l; });
                }
            }
        }
        """);

    [Fact]
    public Task Silent_optimizer_of_the_users() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class ClippingAdam : Adam
        {
            public ClippingAdam(IEnumerable<Parameter> parameters) : base(parameters) { }
            public override Tensor step(Func<Tensor>? closure = null)
            {
                nn.utils.clip_grad_norm_(parameters(), 1.0);
                return base.step(closure);
            }
        }

        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = new ClippingAdam(model.parameters());
                optim.Optimizer hidden = new ClippingAdam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                    hidden.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_optimizer_from_elsewhere() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        public class Trainer
        {
            public void Train(Module<Tensor, Tensor> model, optim.Optimizer optimizer)
            {
                var net = new Net();
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(net.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_optimizer_that_is_sometimes_another() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        public class Trainer
        {
            private optim.Optimizer optimizer;
            private readonly Net model = new();
            public Trainer(optim.Optimizer? given) { optimizer = given ?? optim.Adam(model.parameters()); }
            public void Train()
            {
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_clipped_in_a_base_class() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        abstract class TrainerBase
        {
            protected abstract IEnumerable<Parameter> Parameters { get; }
            protected abstract Tensor Loss(Tensor x, Tensor y);
            protected abstract void Step();
            public void Train()
            {
                foreach (var (x, y) in Data.Batches())
                {
                    Loss(x, y).backward();
                    nn.utils.clip_grad_norm_(Parameters, 1.0);
                    Step();
                }
            }
        }

        class Trainer : TrainerBase
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            protected override IEnumerable<Parameter> Parameters => model.parameters();
            protected override Tensor Loss(Tensor x, Tensor y) => F.mse_loss(model.call(x), y);
            protected override void Step() => optimizer.step();
        }
        """);

    [Fact]
    public Task Silent_clipped_in_the_helper_that_steps() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Train()
            {
                foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); ClipAndStep(); }
            }
            private void ClipAndStep()
            {
                nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                optimizer.step();
            }
        }
        """);

    [Fact]
    public Task Silent_one_of_two_callers_clips() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Train()
            {
                foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); Step(); }
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                    Step();
                }
            }
            private void Step() => optimizer.step();
        }
        """);

    [Fact]
    public Task Silent_gan_of_plain_networks() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Gan
        {
            void Train()
            {
                var generator = new Mlp();
                var discriminator = new Mlp();
                var optimizerG = optim.Adam(generator.parameters());
                var optimizerD = optim.Adam(discriminator.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    discriminator.zero_grad();
                    discriminator.call(x).mean().backward();
                    discriminator.call(generator.call(y).detach()).mean().backward();
                    optimizerD.step();
                    generator.zero_grad();
                    discriminator.call(generator.call(y)).mean().backward();
                    optimizerG.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_step_of_a_scheduler_or_of_something_else() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Environment { public void step() { } }
        class Trainer
        {
            void Train(optim.lr_scheduler.LRScheduler scheduler, Environment environment)
            {
                var model = new Net();
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    scheduler.step();
                    environment.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_clipped_through_the_optimizer() => Silent("""
        nn.utils.clip_grad_norm_(optimizer.parameters(), 1.0);
        """);

    [Fact]
    public Task Silent_clipped_at_a_wrong_place() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                }
                foreach (var (x, y) in Data.Batches())
                {
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                    F.mse_loss(model.call(x), y).backward();
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_clipped_after_the_accumulation() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    foreach (var (x, y) in Data.Batches()) F.mse_loss(model.call(x), y).backward();
                    nn.utils.clip_grad_value_(model.parameters(), 1.0);
                    optimizer.step();
                    optimizer.zero_grad();
                }
            }
        }
        """);

    [Fact]
    public Task Silent_in_a_library_whose_callers_are_elsewhere() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        public class Trainer
        {
            private readonly Net model = new();
            private readonly optim.Optimizer optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Step(Tensor loss) { loss.backward(); optimizer.step(); }
        }
        """);

    [Fact]
    public Task Silent_without_TorchSharp() => Verify.Silent<STAB3001RecurrentLoopWithoutClipping>("""
        class Trainer { void Train(dynamic loss, dynamic optimizer) { while (true) { loss.backward(); optimizer.step(); } } }
        """, withTorchSharp: false);

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net(;
                var optimizer = optim.Adam(model.parameters(
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    Clip(
                    optimizer.step();
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("foreach (var (x, y) in Data.Batches())")]
    [InlineData("foreach (var batch in Data.Batches())")]
    [InlineData("for (var epoch = 0; epoch < 3; epoch++)")]
    [InlineData("while (more)")]
    [InlineData("for (var epoch = 0; epoch < 3; epoch++) foreach (var (x, y) in Data.Batches())")]
    public Task Reports_in_every_kind_of_loop(string loop) => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + $$"""
        class Trainer
        {
            void Train(bool more, Tensor a, Tensor b)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                {{loop}}
                {
                    optimizer.zero_grad();
                    F.mse_loss(model.call(a), b).backward();
                    [|optimizer.step()|];
                }
                do
                {
                    F.mse_loss(model.call(a), b).backward();
                    [|optimizer.step()|];
                } while (more);
            }
        }
        """);

    [Fact]
    public Task Message_names_the_model_and_its_layer() => Verify.Message<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    {|#0:optimizer.step()|};
                }
            }
        }
        """,
        "The loop trains 'model' without clipping its gradient between backward and step: its GRU 'gru' multiplies the gradient by the same weights at each time step, so that it can explode");

    [Theory]
    [InlineData("RNN(2, 4)", "RNN")]
    [InlineData("LSTM(2, 4)", "LSTM")]
    [InlineData("GRU(2, 4)", "GRU")]
    [InlineData("RNNCell(2, 4)", "RNNCell")]
    [InlineData("LSTMCell(2, 4)", "LSTMCell")]
    [InlineData("GRUCell(2, 4)", "GRUCell")]
    public Task Message_names_a_layer_that_is_trained_by_itself(string layer, string kind) =>
        Verify.Message<STAB3001RecurrentLoopWithoutClipping>($$"""
            var cell = {{layer}};
            var optimizer = optim.Adam(cell.parameters());
            while (true)
            {
                var loss = rand(1);
                loss.backward();
                {|#0:optimizer.step()|};
            }
            """,
            $"The loop trains 'cell' without clipping its gradient between backward and step: a {kind} multiplies the gradient by the same weights at each time step, so that it can explode");

    [Fact]
    public Task Reports_in_top_level_statements_after_many_harmless_calls() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        var device = cuda.is_available() ? CUDA : CPU;
        var model = new Net().to(device);
        var optimizer = optim.SGD(model.parameters().ToArray(), 0.1);
        var scheduler = optim.lr_scheduler.StepLR(optimizer, 10);
        var lossFunction = CrossEntropyLoss();
        var total = 0.0;
        model.train();
        foreach (var (x, y) in Data.Batches())
        {
            using var scope = NewDisposeScope();
            using var loss = lossFunction.call(model.call(x.to(device)), y);
            optimizer.zero_grad();
            loss.backward();
            total += loss.item<float>();
            Console.WriteLine($"loss {loss.ToSingle():F3} {Describe(total)}");
            [|optimizer.step()|];
            scheduler.step();
        }

        static string Describe(double value) => value.ToString("F2");
        """ + Models);

    [Fact]
    public Task Reports_gradient_accumulation() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                var i = 0;
                foreach (var (x, y) in Data.Batches())
                {
                    (F.mse_loss(model.call(x), y) / 4).backward();
                    if (++i % 4 == 0)
                    {
                        [|optimizer.step()|];
                        optimizer.zero_grad();
                    }
                }
            }
        }
        """);

    [Fact]
    public Task Reports_in_a_trainer_class_whose_loop_is_in_another_method() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            private readonly Module<Tensor, Tensor> _model;
            private readonly optim.Optimizer _optimizer;
            public Trainer()
            {
                _model = new Net();
                _optimizer = CreateOptimizer(_model);
            }

            private static optim.Optimizer CreateOptimizer(Module m) => optim.AdamW(m.parameters(), 1e-3);

            public void Run() { for (var epoch = 0; epoch < 3; epoch++) Epoch(); }
            private void Epoch() { Batch(rand(1), rand(1)); }
            private void Batch(Tensor x, Tensor y)
            {
                _optimizer.zero_grad();
                Backward(F.mse_loss(_model.call(x), y));
                [|_optimizer.step()|];
            }
            private static void Backward(Tensor loss) => loss.backward();
        }
        """);

    [Fact]
    public Task Reports_when_the_step_is_in_a_helper_without_backward() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            public void Train()
            {
                foreach (var (x, y) in Data.Batches()) { F.mse_loss(model.call(x), y).backward(); Step(); }
            }
            private void Step() => [|optimizer.step()|];
        }
        """);

    [Fact]
    public Task Reports_when_model_and_optimizer_come_as_arguments() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        static class Program
        {
            static void Start()
            {
                var net = new Net();
                using var adam = optim.Adam(net.parameters(), lr: 1e-3);
                for (var epoch = 0; epoch < 3; epoch++) Train(net, adam);
            }

            static void Train(Net model, optim.Optimizer optimizer)
            {
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    [|optimizer.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Reports_in_a_local_function_and_in_a_lambda() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train(Tensor a, Tensor b)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                Action train = () => { F.mse_loss(model.call(a), b).backward(); [|optimizer.step()|]; };
                for (var i = 0; i < 3; i++) { train(); Train(); }

                void Train()
                {
                    F.mse_loss(model.call(a), b).backward();
                    [|optimizer.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Reports_a_recurrent_layer_deep_inside() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        class Cell : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)> inner;
            public Cell(int size) : base("Cell") { inner = LSTM(size, size); RegisterComponents(); }
            public override Tensor forward(Tensor x) => inner.call(x, null).Item1;
        }

        class Middle : Module<Tensor, Tensor>
        {
            protected readonly Module<Tensor, Tensor> body = Sequential(("in", Linear(2, 4)), ("cell", new Cell(4)));
            public Middle(string name) : base(name) { RegisterComponents(); }
            public override Tensor forward(Tensor x) => body.call(x);
        }

        class Outer : Middle
        {
            public Outer() : base("Outer") { }
        }

        class Listed : Module<Tensor, Tensor>
        {
            private readonly ModuleList<GRUCell> cells = new();
            public Listed() : base("Listed") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => x;
        }

        class Trainer
        {
            void Train(Tensor x)
            {
                Module<Tensor, Tensor> hidden = new Outer();
                var sequential = Sequential(("a", Linear(2, 2)), ("b", new Middle("b")));
                var listed = new Listed();
                var optimizers = (First: 0, 0);
                var a = optim.Adam(hidden.parameters());
                var b = optim.RMSProp(sequential.parameters());
                var c = new SGD(listed.parameters(), 0.1);
                while (true)
                {
                    (hidden.call(x) + sequential.call(x) + listed.call(x)).sum().backward();
                    [|a.step()|];
                    [|b.step()|];
                    [|c.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Reports_one_of_two_models_of_an_optimizer() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var encoder = new Net();
                var decoder = new Mlp();
                var optimizer = optim.Adam(decoder.parameters().Concat(encoder.parameters()));
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(decoder.call(encoder.call(x)), y).backward();
                    [|optimizer.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Reports_parameter_groups() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train()
            {
                var encoder = new Net();
                var decoder = new Mlp();
                var optimizer = optim.Adam(new[]
                {
                    new Adam.ParamGroup(encoder.parameters(), new Adam.Options { LearningRate = 0.1 }),
                    new Adam.ParamGroup(decoder.parameters(), new Adam.Options { LearningRate = 0.2 }),
                });
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(decoder.call(encoder.call(x)), y).backward();
                    [|optimizer.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Reports_the_network_that_is_not_clipped() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
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
                    optimizerC.zero_grad();
                    critic.call(generator.call(x).detach()).mean().backward();
                    nn.utils.clip_grad_norm_(critic.parameters(), 1.0);
                    optimizerC.step();
                    optimizerG.zero_grad();
                    critic.call(generator.call(x)).mean().backward();
                    nn.utils.clip_grad_norm_(critic.parameters(), 1.0);
                    [|optimizerG.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Reports_the_branch_that_does_not_clip() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + """
        class Trainer
        {
            void Train(bool warm)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                foreach (var (x, y) in Data.Batches())
                {
                    F.mse_loss(model.call(x), y).backward();
                    if (warm)
                    {
                        nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                        optimizer.step();
                    }
                    else
                    {
                        [|optimizer.step()|];
                    }
                }
            }
        }
        """);

    [Fact]
    public Task Reports_a_model_with_a_forward_of_its_own() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        class Forecaster
        {
            void Train(List<(Tensor Input, Tensor Target)> sequences)
            {
                var device = cuda.is_available() ? CUDA : CPU;
                var model = new Net(8).to(device);
                var lossFunction = nn.MSELoss();
                var optimizer = torch.optim.Adam(model.parameters(), lr: 0.001);
                for (int epoch = 1; epoch <= 50; epoch++)
                    foreach (var sequence in sequences)
                    {
                        optimizer.zero_grad();
                        lossFunction.forward(model.forward(sequence.Input.to(device)), sequence.Target.to(device)).backward();
                        [|optimizer.step()|];
                    }
            }

            class Net : Module
            {
                private readonly Module<Tensor, Tensor, (Tensor, Tensor)> rnn;
                public Net(int size, bool deep = false) : base("Net")
                {
                    rnn = deep ? GRU(1, size, 2).to(CPU) : GRU(1, size);
                    RegisterComponents();
                }
                public Tensor forward(Tensor x) => rnn.forward(x, zeros(1)).Item1;
            }
        }
        """);

    [Fact]
    public Task Reports_across_documents() => Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>("""
        static partial class Training
        {
            public static void Step(Net model, optim.Optimizer optimizer, Tensor x, Tensor y)
            {
                F.mse_loss(model.call(x), y).backward();
                [|optimizer.step()|];
            }
        }
        """,
        ("Models.cs", Models),
        ("Main.cs", """
        static class Program
        {
            static void Start()
            {
                var net = new Net();
                var adam = optim.Adam(net.parameters());
                foreach (var (x, y) in Data.Batches()) Training.Step(net, adam, x, y);
            }
        }
        """));

    private static Task Silent(string between, string more = "", string backward = "loss.backward();") =>
        Verify.Analyzer<STAB3001RecurrentLoopWithoutClipping>(Models + more + $$"""

            class Trainer
            {
                void Train()
                {
                    var model = new Net();
                    var optimizer = optim.Adam(model.parameters());
                    foreach (var (x, y) in Data.Batches())
                    {
                        optimizer.zero_grad();
                        var loss = F.mse_loss(model.call(x), y);
                        {{backward}}
                        {{between}}
                        optimizer.step();
                    }
                }
            }
            """);
}
