using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>Norms before the activations, in the styles that models are written in.</summary>
public sealed class STAB1001NormFixTests
{
    [Fact]
    public async Task No_norm_in_a_block_that_another_model_uses_too()
    {
        const string Block = """
            class Block : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(64, 64);
                public Block() : base("block") => RegisterComponents();
                public override Tensor forward(Tensor x) => functional.relu(fc.call(x));
            }

            class Net : Module<Tensor, Tensor>
            {
                private readonly ModuleList<Block> blocks = new();
                private readonly Linear head = Linear(64, 4);

                public Net() : base("net")
                {
                    for (var i = 0; i < 30; i++) blocks.Add(new Block());
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x)
                {
                    foreach (var block in blocks) x = block.call(x);
                    return head.call(x);
                }
            }

            """;
        Assert.Contains("STAB1001:LayerNorm", await Remedies.Keys(Block));
        Assert.Contains("STAB1001:Residual", await Remedies.Keys(Block));
        const string Other = """
            class Other : Module<Tensor, Tensor>
            {
                private readonly Block block = new Block();
                private readonly Linear head = Linear(64, 4);
                public Other() : base("other") => RegisterComponents();
                public override Tensor forward(Tensor x) => head.call(block.call(x));
            }
            """;
        Assert.Equal(["STAB1001:best", "STAB1001:Orthogonal"], await Remedies.Keys(Block + Other));
    }

    [Fact]
    public async Task Norms_as_fields() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc0 = {|STAB1001:Linear(64, 64)|}, fc1 = Linear(64, 64); // in
            private readonly Module<Tensor, Tensor> _hidden2, hidden;
            private readonly Linear head;

            public Net() : base("net")
            {
                _hidden2 = nn.Linear(64, 48);
                this.hidden = nn.Linear(outputSize: 32, inputSize: 48); // narrow
                head = Linear(32, 10);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                x = fc0.call(x).tanh();
                for (var i = 0; i < 13; i++)
                {
                    x = torch.tanh(fc1.call(x));
                }

                var h = _hidden2.call(x);
                h = F.tanh(h);
                return head.call(torch.tanh(hidden.call(h)));
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc0 = Linear(64, 64), fc1 = Linear(64, 64); // in
            private readonly LayerNorm norm0 = LayerNorm(64);
            private readonly LayerNorm norm1 = LayerNorm(64);
            private readonly Module<Tensor, Tensor> _hidden2, hidden;
            private readonly LayerNorm _norm2;
            private readonly LayerNorm hiddenNorm;
            private readonly Linear head;

            public Net() : base("net")
            {
                _hidden2 = nn.Linear(64, 48);
                _norm2 = nn.LayerNorm(48);
                this.hidden = nn.Linear(outputSize: 32, inputSize: 48); // narrow
                hiddenNorm = nn.LayerNorm(32);
                head = Linear(32, 10);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                x = norm0.call(fc0.call(x)).tanh();
                for (var i = 0; i < 13; i++)
                {
                    x = torch.tanh(norm1.call(fc1.call(x)));
                }

                var h = _hidden2.call(x);
                h = F.tanh(_norm2.call(h));
                return head.call(torch.tanh(hiddenNorm.call(hidden.call(h))));
            }
        }
        """,
        "STAB1001:LayerNorm", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");

    [Fact]
    public async Task Norms_in_every_constructor() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc, head = Linear(64, 4);

            public Net() : base("net") { fc = {|STAB1001:Linear(64, 64)|}; RegisterComponents(); }

            public Net(string name) : base(name)
            {
                fc = Linear(64, 64, hasBias: false);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 15; i++) x = functional.relu(fc.call(x));
                for (var i = 0; i < 15; i++) x = functional.relu(fc.call(x));
                return head.call(x);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc, head = Linear(64, 4);
            private readonly LayerNorm fcNorm;

            public Net() : base("net")
            {
                fc = Linear(64, 64);
                fcNorm = LayerNorm(64);
                RegisterComponents();
            }

            public Net(string name) : base(name)
            {
                fc = Linear(64, 64, hasBias: false);
                fcNorm = LayerNorm(64);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 15; i++) x = functional.relu(fcNorm.call(fc.call(x)));
                for (var i = 0; i < 15; i++) x = functional.relu(fcNorm.call(fc.call(x)));
                return head.call(x);
            }
        }
        """,
        "STAB1001:LayerNorm");

    [Fact]
    public async Task Norms_in_a_list_with_names() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers;

            public Net(int width = 64, int depth = 24) : base("net")
            {
                var list = new List<(string, Module<Tensor, Tensor>)>
                {
                    ("fc_in", {|STAB1001:Linear(8, width)|}), ("act_in", ReLU()),
                };
                for (var i = 0; i < depth; i++)
                {
                    list.Add(($"fc{i}", Linear(width, width)));
                    list.Add(($"act{i}", ReLU()));
                }

                list.Add(("head", Linear(width, 4)));
                layers = Sequential(list);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers;

            public Net(int width = 64, int depth = 24) : base("net")
            {
                var list = new List<(string, Module<Tensor, Tensor>)>
                {
                    ("fc_in", Linear(8, width)), ("norm_act_in", LayerNorm(width)), ("act_in", ReLU()),
                };
                for (var i = 0; i < depth; i++)
                {
                    list.Add(($"fc{i}", Linear(width, width)));
                    list.Add(($"norm{i}", LayerNorm(width)));
                    list.Add(($"act{i}", ReLU()));
                }

                list.Add(("head", Linear(width, 4)));
                layers = Sequential(list);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        "STAB1001:LayerNorm", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");

    [Fact]
    public async Task Norms_in_a_container() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        static class Model
        {
            // A deep one.
            public static Sequential Create() => nn.Sequential(
                ("fc0", {|STAB1001:nn.Linear(16, 16)|}),
                ("act0", nn.Tanh()),
                ("fc1", nn.Linear(16, 16)),
                ("norm2", nn.Tanh()),
                ("deep", nn.Sequential(Enumerable.Range(0, 12).SelectMany(_ => new Module<Tensor, Tensor>[] { nn.Linear(16, 16), nn.Tanh() }))),
                ("fc2", nn.Linear(16, 16)), // the last one
                ("act2", nn.Tanh()), ("head", nn.Linear(16, 2)));
        }
        """,
        """
        static class Model
        {
            // A deep one.
            public static Sequential Create() => nn.Sequential(
                ("fc0", nn.Linear(16, 16)),
                ("norm0", nn.LayerNorm(16)),
                ("act0", nn.Tanh()),
                ("fc1", nn.Linear(16, 16)),
                ("norm_norm2", nn.LayerNorm(16)),
                ("norm2", nn.Tanh()),
                ("deep", nn.Sequential(Enumerable.Range(0, 12).SelectMany(_ => new Module<Tensor, Tensor>[] { nn.Linear(16, 16), nn.LayerNorm(16), nn.Tanh() }))),
                ("fc2", nn.Linear(16, 16)), // the last one
                ("norm_act2", nn.LayerNorm(16)),
                ("act2", nn.Tanh()), ("head", nn.Linear(16, 2)));
        }
        """,
        "STAB1001:LayerNorm", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");

    [Fact]
    public async Task Norms_in_a_script() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        var hidden = 16;
        var module = Sequential();
        for (var i = 0; i < 30; i++)
        {
            module.append("fc" + i, {|STAB1001:Linear(16, hidden)|});
            module.append("act" + i, ReLU());
        }
        module.append(Linear(16, 1));
        Console.WriteLine(module.call(torch.rand(4, 16)));
        """,
        """
        var hidden = 16;
        var module = Sequential();
        for (var i = 0; i < 30; i++)
        {
            module.append("fc" + i, Linear(16, hidden));
            module.append("norm_" + "act" + i, LayerNorm(hidden));
            module.append("act" + i, ReLU());
        }
        module.append(Linear(16, 1));
        Console.WriteLine(module.call(torch.rand(4, 16)));
        """,
        "STAB1001:LayerNorm");

    [Fact]
    public async Task Norms_of_layers_in_a_list() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Module<Tensor, Tensor>> layers = new();
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 30; i++)
                {
                    layers.Add({|STAB1001:Linear(64, 64)|});
                }

                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                foreach (var layer in layers)
                {
                    x = functional.relu(layer.call(x));
                }

                return head.call(x);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Module<Tensor, Tensor>> layers = new();
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 30; i++)
                {
                    layers.Add(Sequential(Linear(64, 64), LayerNorm(64)));
                }

                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                foreach (var layer in layers)
                {
                    x = functional.relu(layer.call(x));
                }

                return head.call(x);
            }
        }
        """,
        "STAB1001:LayerNorm");
}
