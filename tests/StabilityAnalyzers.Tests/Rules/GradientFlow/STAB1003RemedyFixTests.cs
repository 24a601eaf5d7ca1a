using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1003RemedyFixTests
{
    [Fact]
    public async Task No_scale_in_a_block_that_another_model_uses_too() => await Verify.NoCodeFix<ModelGraphAnalyzer, STAB1008RemedyFix>(
        """
        class Block : Module<Tensor, Tensor>
        {
            private readonly Conv1d conv = Conv1d(64, 64, 1L);
            public Block() : base("block")
            {
                init.kaiming_uniform_(conv.weight);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => x + functional.relu(conv.call(x));
        }

        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Block> blocks = new();
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 24; i++) blocks.Add({|STAB1008:new Block()|});
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                foreach (var block in blocks) x = block.call(x);
                return head.call(x);
            }
        }

        class Other : Module<Tensor, Tensor>
        {
            private readonly Block block = new();
            public Other() : base("other") => RegisterComponents();
            public override Tensor forward(Tensor x) => block.call(x);
        }
        """);

    [Fact]
    public async Task Initialiser_in_a_loop() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1003RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = Sequential(Enumerable.Range(0, 12)
                .SelectMany(i => new Module<Tensor, Tensor>[] { {|STAB1003:Linear(64, 64)|}, ReLU() }));

            public Net() : base("net")
            {
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        init.normal_(linear.weight, 0, 0.5); // wide
                    }
                }
            }

            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = Sequential(Enumerable.Range(0, 12)
                .SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), ReLU() }));

            public Net() : base("net")
            {
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_normal_(linear.weight, nonlinearity: init.NonlinearityType.ReLU); // wide
                    }
                }
            }

            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        "STAB1003:best",
        "Initialise with He (gradient at 'layers.0': 9.3E4 -> 1.00)");

    [Fact]
    public async Task Branches_of_a_block_are_scaled() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1008RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Block> blocks = new();
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 20; i++)
                {
                    blocks.Add({|STAB1008:new Block(64)|});
                }

                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                foreach (var block in blocks)
                {
                    x = block.call(x);
                }

                return head.call(x);
            }

            private sealed class Block : Module<Tensor, Tensor>
            {
                private readonly Linear fc1, fc2;

                public Block(int width) : base("block")
                {
                    fc1 = Linear(width, 4 * width);
                    fc2 = Linear(4 * width, width);
                    RegisterComponents();
                    init.kaiming_uniform_(fc1.weight, nonlinearity: init.NonlinearityType.ReLU);
                    init.kaiming_uniform_(fc2.weight, nonlinearity: init.NonlinearityType.ReLU);
                }

                public override Tensor forward(Tensor x) => x + fc2.call(functional.relu(fc1.call(x)));
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Block> blocks = new();
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 20; i++)
                {
                    blocks.Add(new Block(64));
                }

                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                foreach (var block in blocks)
                {
                    x = block.call(x);
                }

                return head.call(x);
            }

            private sealed class Block : Module<Tensor, Tensor>
            {
                private readonly Linear fc1, fc2;

                public Block(int width) : base("block")
                {
                    fc1 = Linear(width, 4 * width);
                    fc2 = Linear(4 * width, width);
                    RegisterComponents();
                    init.kaiming_uniform_(fc1.weight, nonlinearity: init.NonlinearityType.ReLU);
                    init.kaiming_uniform_(fc2.weight, nonlinearity: init.NonlinearityType.ReLU);
                }

                public override Tensor forward(Tensor x) => x + fc2.call(functional.relu(fc1.call(x))) / Math.Sqrt(20);
            }
        }
        """,
        "STAB1008:ScaledResidual");

    [Theory]
    [InlineData("x = x.add(functional.relu(fc.call(x)));", "x = x.add(functional.relu(fc.call(x)) / Math.Sqrt(20));")]
    [InlineData("x = functional.relu(fc.call(x)) + x;", "x = functional.relu(fc.call(x)) / Math.Sqrt(20) + x;")]
    [InlineData("{ var h = fc.call(x).relu(); x += h; }", "{ var h = fc.call(x).relu(); x += h / Math.Sqrt(20); }")]
    public async Task Scale_and_initialiser_where_one_is_not_enough(string before, string after)
    {
        string Code(string step, string call) => $$"""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(64, 64), head = Linear(64, 4);

                public Net() : base("net")
                {
                    RegisterComponents();
                    {{call}};
                }

                public override Tensor forward(Tensor x)
                {
                    for (var i = 0; i < 20; i++) {{step}}
                    return head.call(x);
                }
            }
            """;
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1008RemedyFix>(
            Code(before, "init.normal_(fc.weight, 0, 0.3)").Replace("fc = Linear(64, 64)", "fc = {|STAB1008:Linear(64, 64)|}", StringComparison.Ordinal),
            Code(after, "init.kaiming_normal_(fc.weight, nonlinearity: init.NonlinearityType.ReLU)"),
            "STAB1008:best");
    }

    [Fact]
    public async Task Output_that_grows_is_in_the_title_and_a_layer_without_a_call_keeps_its_default()
    {
        const string Code = """
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear stem = Linear(64, 64), head = Linear(64, 64), last = Linear(64, 4);

                public Net() : base("net")
                {
                    RegisterComponents();
                    init.normal_(stem.weight, 0, 40);
                }

                public override Tensor forward(Tensor x) => last.call(functional.relu(head.call(functional.relu(stem.call(x)))));
            }
            """;
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1003RemedyFix>(
            Code.Replace("stem = Linear(64, 64)", "stem = {|STAB1003:Linear(64, 64)|}", StringComparison.Ordinal),
            Code.Replace("init.normal_(stem.weight, 0, 40)", "init.kaiming_normal_(stem.weight, nonlinearity: init.NonlinearityType.ReLU)", StringComparison.Ordinal),
            "STAB1003:best",
            "Initialise with He (output of 'stem': 320 -> 1.4)");
    }
}
