using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>The remedies other than an initialiser and ReLU, in the styles that models are written in.</summary>
public sealed class STAB1001RemedyKindsFixTests
{
    [Fact]
    public async Task No_shortcut_where_the_width_changes_and_no_norm_where_it_is_computed_by_a_call()
    {
        const string Code = """
            class Net : Module<Tensor, Tensor>
            {
                private readonly ModuleList<Module<Tensor, Tensor>> layers = new();
                private readonly Linear head = Linear(48, 4);

                public Net() : base("net")
                {
                    for (var i = 0; i < 40; i++)
                    {
                        layers.Add(Linear(i % 2 == 0 ? 48 : 64, Math.Max(i % 2 == 0 ? 64 : 48, 2)));
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
            """;
        Assert.Equal(["STAB1001:best"], await Keys(Code));
    }

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
        Assert.Contains("STAB1001:LayerNorm", await Keys(Block));
        Assert.Contains("STAB1001:Residual", await Keys(Block));
        const string Other = """
            class Other : Module<Tensor, Tensor>
            {
                private readonly Block block = new Block();
                private readonly Linear head = Linear(64, 4);
                public Other() : base("other") => RegisterComponents();
                public override Tensor forward(Tensor x) => head.call(block.call(x));
            }
            """;
        Assert.Equal(["STAB1001:best", "STAB1001:Orthogonal"], await Keys(Block + Other));
    }

    [Fact]
    public async Task No_shortcut_over_a_variable_that_changes_in_between()
    {
        const string Code = """
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(64, 64), head = Linear(64, 4);
                public Net() : base("net") => RegisterComponents();
                public override Tensor forward(Tensor x)
                {
                    for (var i = 0; i < 30; i++)
                    {
                        x = fc.call(x);
                        x = functional.relu(x);
                    }

                    return head.call(x);
                }
            }
            """;
        Assert.DoesNotContain(await Keys(Code), key => key == "STAB1001:Residual");
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

    [Fact]
    public async Task Shortcuts_in_every_form() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear stem = {|STAB1001:Linear(8, 64)|}, a = Linear(64, 64), b = Linear(64, 64), c = Linear(64, 64), head = Linear(64, 4);
            private readonly Module<Tensor, Tensor> act = Sigmoid();
            private readonly ModuleList<Linear> more = new();

            public Net() : base("net")
            {
                for (var i = 0; i < 12; i++) more.Add(Linear(64, 64));
                RegisterComponents();
            }

            public override Tensor forward(Tensor input)
            {
                var x = stem.call(input).tanh();
                x = act.call(a.call(x)); // first
                x = b.call(x).sigmoid_();
                foreach (var layer in more)
                {
                    x = torch.sigmoid(layer.call(x));
                }

                return head.call(F.sigmoid(c.forward(x)).clone());
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear stem = Linear(8, 64), a = Linear(64, 64), b = Linear(64, 64), c = Linear(64, 64), head = Linear(64, 4);
            private readonly Module<Tensor, Tensor> act = Sigmoid();
            private readonly ModuleList<Linear> more = new();

            public Net() : base("net")
            {
                for (var i = 0; i < 12; i++) more.Add(Linear(64, 64));
                RegisterComponents();
            }

            public override Tensor forward(Tensor input)
            {
                var x = stem.call(input).tanh();
                x = x + act.call(a.call(x)); // first
                x = x + b.call(x).sigmoid_();
                foreach (var layer in more)
                {
                    x = x + torch.sigmoid(layer.call(x));
                }

                return head.call((x + F.sigmoid(c.forward(x))).clone());
            }
        }
        """,
        "STAB1001:best");

    [Fact]
    public async Task Deep_shortcuts_are_scaled() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = {|STAB1001:Linear(64, 64)|}, head = Linear(64, 4);
            public Net() : base("net") => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 40; i++)
                {
                    x = functional.relu(fc.call(x));
                }

                return head.call(x);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(64, 64), head = Linear(64, 4);
            public Net() : base("net") => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 40; i++)
                {
                    x = x + functional.relu(fc.call(x)) / Math.Sqrt(40);
                }

                return head.call(x);
            }
        }
        """,
        "STAB1001:Residual");

    [Fact]
    public async Task Constructor_with_an_expression_body() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Classifier : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> fc0 = {|STAB1001:Linear(64, 48)|};
            private readonly Module<Tensor, Tensor> fc1 = Linear(48, 64);
            private readonly Module<Tensor, Tensor> fc2 = Linear(64, 48);
            private readonly Module<Tensor, Tensor> fc3 = Linear(48, 64);
            private readonly Module<Tensor, Tensor> fc4 = Linear(64, 48);
            private readonly Module<Tensor, Tensor> fc5 = Linear(48, 64);
            private readonly Module<Tensor, Tensor> fc6 = Linear(64, 4);

            public Classifier() : base("classifier") => RegisterComponents(); // all

            public override Tensor forward(Tensor x)
            {
                x = sigmoid(fc0.call(x));
                x = sigmoid(fc1.call(x));
                x = sigmoid(fc2.call(x));
                x = sigmoid(fc3.call(x));
                x = sigmoid(fc4.call(x));
                x = sigmoid(fc5.call(x));
                return fc6.call(x);
            }
        }
        """,
        """
        class Classifier : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> fc0 = Linear(64, 48);
            private readonly Module<Tensor, Tensor> fc1 = Linear(48, 64);
            private readonly Module<Tensor, Tensor> fc2 = Linear(64, 48);
            private readonly Module<Tensor, Tensor> fc3 = Linear(48, 64);
            private readonly Module<Tensor, Tensor> fc4 = Linear(64, 48);
            private readonly Module<Tensor, Tensor> fc5 = Linear(48, 64);
            private readonly Module<Tensor, Tensor> fc6 = Linear(64, 4);

            public Classifier() : base("classifier")
            {
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
                    }
                }
            } // all

            public override Tensor forward(Tensor x)
            {
                x = functional.relu(fc0.call(x));
                x = functional.relu(fc1.call(x));
                x = functional.relu(fc2.call(x));
                x = functional.relu(fc3.call(x));
                x = functional.relu(fc4.call(x));
                x = functional.relu(fc5.call(x));
                return fc6.call(x);
            }
        }
        """,
        "STAB1001:best", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");

    [Fact]
    public async Task Orthogonal_matrices() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = {|STAB1001:Linear(64, 64)|}, head = Linear(64, 4);
            public Net() : base("net") { RegisterComponents(); }

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 30; i++) x = functional.leaky_relu(fc.call(x), 0.2);
                return head.call(x);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(64, 64), head = Linear(64, 4);
            public Net() : base("net")
            {
                RegisterComponents();
                init.orthogonal_(fc.weight, 1.3868);
            }

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 30; i++) x = functional.leaky_relu(fc.call(x), 0.2);
                return head.call(x);
            }
        }
        """,
        "STAB1001:Orthogonal");

    [Theory]
    [InlineData("Sigmoid", "Tanh", 16, "TanhWithXavier", "init.xavier_uniform_(linear.weight, init.calculate_gain(init.NonlinearityType.Tanh))")]
    [InlineData("ELU", "SELU", 34, "SeluWithXavier", "init.xavier_uniform_(linear.weight)")]
    [InlineData("SiLU", "GELU", 8, "GeluWithHe", "init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU)")]
    public async Task Another_activation(string from, string to, int depth, string kind, string call)
    {
        string Code(string activation, string initializers) => $$"""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Sequential layers = Sequential(Enumerable.Range(0, {{depth}}).SelectMany(_ => new Module<Tensor, Tensor>[] { Linear(256, 256), {{activation}}() }));
                private readonly Linear head = Linear(256, 4);

                public Net() : base("net")
                {
                    RegisterComponents();{{initializers}}
                }

                public override Tensor forward(Tensor x) => head.call(layers.call(x));
            }
            """;
        var before = Code(from, "");
        var fixes = await FixRunner.ApplyEach(before, await Diagnostics(before));
        var loop = $$"""

                    foreach (var module in modules())
                    {
                        if (module is Linear linear)
                        {
                            {{call}};
                        }
                    }
            """;
        Assert.Equal(Code(to, loop), Assert.Single(fixes, fix => fix.Key == "STAB1001:" + kind).Code);
        Assert.Empty(await Diagnostics(Code(to, loop)));
    }

    private static async Task<IEnumerable<string?>> Keys(string code) =>
        (await FixRunner.ApplyEach(code, await Diagnostics(code))).Select(fix => fix.Key);

    private static async Task<IEnumerable<Microsoft.CodeAnalysis.Diagnostic>> Diagnostics(string code) =>
        (await Driver.Diagnostics(Driver.Compile(code), [new ModelGraphAnalyzer()], ("stability.gradient_flow.vanishing_threshold", "1e-3"))).Where(diagnostic => diagnostic.Id == "STAB1001");
}
