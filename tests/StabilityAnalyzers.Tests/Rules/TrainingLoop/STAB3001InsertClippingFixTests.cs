using StabilityAnalyzers.CodeFixes.TrainingLoop;
using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3001InsertClippingFixTests
{
    private const string Net = """

        class Net : Module<Tensor, Tensor>
        {
            private readonly LSTM lstm = LSTM(2, 16);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => lstm.call(x).Item1;
        }

        """;

    // ---- where no fix is offered ----

    [Fact]
    public Task Not_offered_in_an_expression_body() => Verify.NoCodeFix<STAB3001RecurrentLoopWithoutClipping, STAB3001InsertClippingFix>(Net + """
        class Trainer
        {
            private readonly Net model = new();
            private readonly Adam optimizer;
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            void Train(Tensor x)
            {
                Action lambda = () => [|optimizer.step()|];
                while (true)
                {
                    model.call(x).sum().backward();
                    Step();
                    model.call(x).sum().backward();
                    lambda();
                }
            }
            void Step() => [|optimizer.step()|];
        }
        """);

    [Fact]
    public Task Not_offered_where_the_step_is_part_of_an_expression() => Verify.NoCodeFix<STAB3001RecurrentLoopWithoutClipping, STAB3001InsertClippingFix>(Net + """
        class Trainer
        {
            void Train(Tensor x)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    model.call(x).sum().backward();
                    using var loss = [|optimizer.step()|];
                }
            }
        }
        """);

    [Fact]
    public Task Not_offered_where_neither_model_nor_optimizer_has_a_name() => Verify.NoCodeFix<STAB3001RecurrentLoopWithoutClipping, STAB3001InsertClippingFix>(Net + """
        class Holder { public readonly Adam Optimizer = Create(new Net()); static Adam Create(Net net) => optim.Adam(net.parameters()); }
        class Trainer
        {
            void Train(Net model, Holder holder, Tensor x)
            {
                while (true)
                {
                    model.call(x).sum().backward();
                    [|holder.Optimizer.step()|];
                }
            }
        }
        """);

    // ---- what it does ----

    [Fact]
    public Task Inserts_before_the_step_and_leaves_comments_where_they_belong() => Fix(
        """
        class Trainer
        {
            void Train(Tensor x)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    // What the loss is.
                    model.call(x).sum().backward(); // here

                    // Now the weights change.
                    [|optimizer.step()|]; // there
                }
            }
        }
        """,
        """
        class Trainer
        {
            void Train(Tensor x)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    // What the loss is.
                    model.call(x).sum().backward(); // here

                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                    // Now the weights change.
                    optimizer.step(); // there
                }
            }
        }
        """,
        title: "Clip the gradient norm to 1.0 before step: clip_grad_norm_(model.parameters(), 1.0)");

    [Fact]
    public Task Keeps_directives_and_blank_lines() => Fix(
        """
        class Trainer
        {
            void Train(Tensor x)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    #region backward
                    model.call(x).sum().backward();
                    #endregion

                    [|optimizer.step()|];
                }
            }
        }
        """,
        """
        class Trainer
        {
            void Train(Tensor x)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    #region backward
                    model.call(x).sum().backward();
                    #endregion

                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Makes_a_block_of_an_embedded_statement() => Fix(
        """
        class Trainer
        {
            void Train(Tensor x, int i)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    model.call(x).sum().backward();
                    if (++i % 4 == 0)
                        [|optimizer.step()|];
                    else
                        [|optimizer.step()|];
                }
            }
        }
        """,
        """
        class Trainer
        {
            void Train(Tensor x, int i)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    model.call(x).sum().backward();
                    if (++i % 4 == 0)
                    {
                        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                        optimizer.step();
                    }
                    else
                    {
                        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                        optimizer.step();
                    }
                }
            }
        }
        """);

    [Fact]
    public Task Works_in_top_level_statements() => Fix(
        """
        var model = new Net();
        var optimizer = optim.Adam(model.parameters());
        while (true)
        {
            Loss().backward();
            [|optimizer.step()|];
        }
        Tensor Loss() => model.call(rand(1, 1, 2)).sum();
        """,
        """
        var model = new Net();
        var optimizer = optim.Adam(model.parameters());
        while (true)
        {
            Loss().backward();
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
        }
        Tensor Loss() => model.call(rand(1, 1, 2)).sum();
        """);

    [Fact]
    public Task Works_in_a_switch_section_a_lambda_and_on_one_line() => Fix(
        """
        class Trainer
        {
            void Train(Tensor x, int i)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                Action train = () => { model.call(x).sum().backward(); [|optimizer.step()|]; };
                while (true)
                {
                    train();
                    switch (i)
                    {
                        case 0:
                            model.call(x).sum().backward();
                            [|optimizer.step()|];
                            break;
                    }
                }
            }
        }
        """,
        """
        class Trainer
        {
            void Train(Tensor x, int i)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                Action train = () => { model.call(x).sum().backward(); torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); optimizer.step(); };
                while (true)
                {
                    train();
                    switch (i)
                    {
                        case 0:
                            model.call(x).sum().backward();
                            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                            optimizer.step();
                            break;
                    }
                }
            }
        }
        """);

    [Fact]
    public Task Names_the_model_as_it_is_known_at_the_step() => Fix(
        """
        class Trainer
        {
            private readonly Net _model;
            private readonly optim.Optimizer _optimizer;
            public Trainer(Net model, optim.Optimizer optimizer) { _model = model; _optimizer = optimizer; }
            public void Train(Tensor x)
            {
                while (true)
                {
                    _model.call(x).sum().backward();
                    [|_optimizer.step()|];
                }
            }

            static void Start()
            {
                var net = new Net();
                new Trainer(net, optim.Adam(net.parameters())).Train(rand(1));
            }
        }
        """,
        """
        class Trainer
        {
            private readonly Net _model;
            private readonly optim.Optimizer _optimizer;
            public Trainer(Net model, optim.Optimizer optimizer) { _model = model; _optimizer = optimizer; }
            public void Train(Tensor x)
            {
                while (true)
                {
                    _model.call(x).sum().backward();
                    torch.nn.utils.clip_grad_norm_(_model.parameters(), 1.0);
                    _optimizer.step();
                }
            }

            static void Start()
            {
                var net = new Net();
                new Trainer(net, optim.Adam(net.parameters())).Train(rand(1));
            }
        }
        """);

    [Fact]
    public Task Clips_all_models_of_an_optimizer_together() => Fix(
        """
        class Trainer
        {
            void Train(Tensor x)
            {
                var encoder = new Net();
                var decoder = Linear(16, 1);
                var optimizer = optim.Adam(encoder.parameters().Concat(decoder.parameters()));
                while (true)
                {
                    decoder.call(encoder.call(x)).sum().backward();
                    [|optimizer.step()|];
                }
            }
        }
        """,
        """
        class Trainer
        {
            void Train(Tensor x)
            {
                var encoder = new Net();
                var decoder = Linear(16, 1);
                var optimizer = optim.Adam(encoder.parameters().Concat(decoder.parameters()));
                while (true)
                {
                    decoder.call(encoder.call(x)).sum().backward();
                    torch.nn.utils.clip_grad_norm_(optimizer.parameters(), 1.0);
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Clips_a_model_that_trains_itself() => Fix(
        """
        class Trained : Net
        {
            private readonly Adam optimizer;
            public Trained() { optimizer = optim.Adam(parameters()); }
            public void Train(Tensor x)
            {
                while (true)
                {
                    call(x).sum().backward();
                    [|optimizer.step()|];
                }
            }
        }
        """,
        """
        class Trained : Net
        {
            private readonly Adam optimizer;
            public Trained() { optimizer = optim.Adam(parameters()); }
            public void Train(Tensor x)
            {
                while (true)
                {
                    call(x).sum().backward();
                    torch.nn.utils.clip_grad_norm_(parameters(), 1.0);
                    optimizer.step();
                }
            }
        }
        """);

    [Fact]
    public Task Qualifies_the_call_where_torch_means_something_else() => Fix(
        """
        class Trainer
        {
            void Train(Tensor x, string torch)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    model.call(x).sum().backward();
                    [|optimizer.step()|];
                }
            }
        }
        """,
        """
        class Trainer
        {
            void Train(Tensor x, string torch)
            {
                var model = new Net();
                var optimizer = optim.Adam(model.parameters());
                while (true)
                {
                    model.call(x).sum().backward();
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                    optimizer.step();
                }
            }
        }
        """);

    private static Task Fix(string before, string after, string? title = null)
    {
        var isProgram = Verify.HasTopLevelStatements(before);
        return Verify.CodeFix<STAB3001RecurrentLoopWithoutClipping, STAB3001InsertClippingFix>(
            isProgram ? before + Net : Net + before, isProgram ? after + Net : Net + after, "STAB3001:best", title);
    }
}
