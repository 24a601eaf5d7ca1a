using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1001RemedyFixTests
{
    [Fact]
    public async Task Factory_with_an_expression_body() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        static class Classifier
        {
            internal static Sequential Create() => Sequential(
                ("fc0", {|STAB1001:Linear(2, 64)|}),
                ("act0", Sigmoid()),
                ("fc1", Linear(64, 64)),
                ("act1", Sigmoid()),
                ("fc2", Linear(64, 64)),
                ("act2", Sigmoid()),
                ("fc3", Linear(64, 64)),
                ("act3", Sigmoid()),
                ("fc4", Linear(64, 64)),
                ("act4", Sigmoid()),
                ("fc5", Linear(64, 64)),
                ("act5", Sigmoid()),
                ("fc6", Linear(64, 64)),
                ("act6", Sigmoid()),
                ("fc7", Linear(64, 64)),
                ("act7", Sigmoid()),
                ("fc8", Linear(64, 64)),
                ("act8", Sigmoid()),
                ("fc9", Linear(64, 64)),
                ("act9", Sigmoid()),
                ("fc10", Linear(64, 64)),
                ("act10", Sigmoid()),
                ("fc11", Linear(64, 64)),
                ("act11", Sigmoid()),
                ("head", Linear(64, 2)));
        }
        """,
        """
        static class Classifier
        {
            internal static Sequential Create()
            {
                var model = Sequential(
                    ("fc0", Linear(2, 64)),
                    ("act0", ReLU()),
                    ("fc1", Linear(64, 64)),
                    ("act1", ReLU()),
                    ("fc2", Linear(64, 64)),
                    ("act2", ReLU()),
                    ("fc3", Linear(64, 64)),
                    ("act3", ReLU()),
                    ("fc4", Linear(64, 64)),
                    ("act4", ReLU()),
                    ("fc5", Linear(64, 64)),
                    ("act5", ReLU()),
                    ("fc6", Linear(64, 64)),
                    ("act6", ReLU()),
                    ("fc7", Linear(64, 64)),
                    ("act7", ReLU()),
                    ("fc8", Linear(64, 64)),
                    ("act8", ReLU()),
                    ("fc9", Linear(64, 64)),
                    ("act9", ReLU()),
                    ("fc10", Linear(64, 64)),
                    ("act10", ReLU()),
                    ("fc11", Linear(64, 64)),
                    ("act11", ReLU()),
                    ("head", Linear(64, 2)));
                foreach (var module in model.modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
                    }
                }
                return model;
            }
        }
        """);

    [Fact]
    public async Task Factory_that_returns_the_container() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        static class Classifier
        {
            internal static Module<Tensor, Tensor> Create()
            {
                // Two spirals.
                return Sequential(
                    ("fc0", {|STAB1001:Linear(2, 64)|}),
                    ("act0", Sigmoid()),
                    ("fc1", Linear(64, 64)),
                    ("act1", Sigmoid()),
                    ("fc2", Linear(64, 64)),
                    ("act2", Sigmoid()),
                    ("fc3", Linear(64, 64)),
                    ("act3", Sigmoid()),
                    ("fc4", Linear(64, 64)),
                    ("act4", Sigmoid()),
                    ("fc5", Linear(64, 64)),
                    ("act5", Sigmoid()),
                    ("fc6", Linear(64, 64)),
                    ("act6", Sigmoid()),
                    ("fc7", Linear(64, 64)),
                    ("act7", Sigmoid()),
                    ("fc8", Linear(64, 64)),
                    ("act8", Sigmoid()),
                    ("fc9", Linear(64, 64)),
                    ("act9", Sigmoid()),
                    ("fc10", Linear(64, 64)),
                    ("act10", Sigmoid()),
                    ("fc11", Linear(64, 64)),
                    ("act11", Sigmoid()),
                    ("head", Linear(64, 2)));
            }
        }
        """,
        """
        static class Classifier
        {
            internal static Module<Tensor, Tensor> Create()
            {
                // Two spirals.
                var model = Sequential(
                    ("fc0", Linear(2, 64)),
                    ("act0", ReLU()),
                    ("fc1", Linear(64, 64)),
                    ("act1", ReLU()),
                    ("fc2", Linear(64, 64)),
                    ("act2", ReLU()),
                    ("fc3", Linear(64, 64)),
                    ("act3", ReLU()),
                    ("fc4", Linear(64, 64)),
                    ("act4", ReLU()),
                    ("fc5", Linear(64, 64)),
                    ("act5", ReLU()),
                    ("fc6", Linear(64, 64)),
                    ("act6", ReLU()),
                    ("fc7", Linear(64, 64)),
                    ("act7", ReLU()),
                    ("fc8", Linear(64, 64)),
                    ("act8", ReLU()),
                    ("fc9", Linear(64, 64)),
                    ("act9", ReLU()),
                    ("fc10", Linear(64, 64)),
                    ("act10", ReLU()),
                    ("fc11", Linear(64, 64)),
                    ("act11", ReLU()),
                    ("head", Linear(64, 2)));
                foreach (var module in model.modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
                    }
                }
                return model;
            }
        }
        """);

    [Fact]
    public async Task Sequential_of_a_class() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers;

            public Net() : base("net")
            {
                var list = new List<(string, Module<Tensor, Tensor>)>();
                for (var i = 0; i < 12; i++)
                {
                    list.Add(($"fc{i}", {|STAB1001:Linear(64, 64)|}));
                    list.Add(($"act{i}", Sigmoid()));
                }

                list.Add(("head", Linear(64, 4)));
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

            public Net() : base("net")
            {
                var list = new List<(string, Module<Tensor, Tensor>)>();
                for (var i = 0; i < 12; i++)
                {
                    list.Add(($"fc{i}", Linear(64, 64)));
                    list.Add(($"act{i}", ReLU()));
                }

                list.Add(("head", Linear(64, 4)));
                layers = Sequential(list);
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
                    }
                }
            }

            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        "STAB1001:best",
        "Replace sigmoid by ReLU with He initialisation (gradient at 'layers.fc0': 1.5E-11 -> 0.25)");

    [Fact]
    public async Task Tanh_keeps_its_activation_and_gets_an_initialiser() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc0 = {|STAB1001:Linear(64, 64)|}, fc1 = Linear(64, 64);
            private readonly Linear fc2;

            public Net() : base("net")
            {
                fc2 = Linear(64, 64);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                x = fc0.call(x).tanh();
                for (var i = 0; i < 13; i++)
                {
                    x = torch.tanh(fc1.call(x));
                }

                return fc2.call(x);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc0 = Linear(64, 64), fc1 = Linear(64, 64);
            private readonly Linear fc2;

            public Net() : base("net")
            {
                fc2 = Linear(64, 64);
                RegisterComponents();
                init.xavier_uniform_(fc0.weight, init.calculate_gain(init.NonlinearityType.Tanh));
                init.xavier_uniform_(fc1.weight, init.calculate_gain(init.NonlinearityType.Tanh));
            }

            public override Tensor forward(Tensor x)
            {
                x = fc0.call(x).tanh();
                for (var i = 0; i < 13; i++)
                {
                    x = torch.tanh(fc1.call(x));
                }

                return fc2.call(x);
            }
        }
        """,
        "STAB1001:best", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");

    [Fact]
    public async Task Activations_in_every_form() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> a = {|STAB1001:nn.Linear(32, 32)|}, b = nn.Linear(32, 32), c = nn.Linear(32, 32), d = nn.Linear(32, 32);
            private readonly Linear e = nn.Linear(32, 32);
            private readonly Sigmoid act = Sigmoid(inplace: true);
            private Sigmoid other;
            private readonly Linear head = nn.Linear(32, 2);
            public Net() : base("net") { other = nn.Sigmoid(); RegisterComponents(); }

            public override Tensor forward(Tensor x)
            {
                x = act.call(a.call(x));
                x = F.sigmoid(b.call(x)); // functional
                x = torch.sigmoid(c.call(x));
                x = d.call(x).sigmoid_();
                x = other.call(e.call(x));
                return head.call(act.call(e.call(x)));
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> a = nn.Linear(32, 32), b = nn.Linear(32, 32), c = nn.Linear(32, 32), d = nn.Linear(32, 32);
            private readonly Linear e = nn.Linear(32, 32);
            private readonly ReLU act = ReLU(inplace: true);
            private ReLU other;
            private readonly Linear head = nn.Linear(32, 2);
            public Net() : base("net")
            {
                other = nn.ReLU();
                RegisterComponents();
                foreach (var module in modules())
                {
                    if (module is Linear linear)
                    {
                        init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
                    }
                }
            }

            public override Tensor forward(Tensor x)
            {
                x = act.call(a.call(x));
                x = F.relu(b.call(x)); // functional
                x = functional.relu(c.call(x));
                x = d.call(x).relu_();
                x = other.call(e.call(x));
                return head.call(act.call(e.call(x)));
            }
        }
        """,
        "STAB1001:ReluWithHe", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");

    [Fact]
    public async Task Sequential_in_a_script() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        var module = Sequential();
        for (var i = 0; i < 8; i++)
        {
            module.append({|STAB1001:Linear(16, 16)|});
            module.append(Sigmoid());
        }
        module.append(Linear(16, 1));
        Console.WriteLine(module.call(torch.rand(4, 16)));
        """,
        """
        var module = Sequential();
        for (var i = 0; i < 8; i++)
        {
            module.append(Linear(16, 16));
            module.append(ReLU());
        }
        module.append(Linear(16, 1));
        foreach (var module2 in module.modules())
        {
            if (module2 is Linear linear)
            {
                init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
            }
        }
        Console.WriteLine(module.call(torch.rand(4, 16)));
        """,
        "STAB1001:best");

    [Fact]
    public async Task Sigmoid_that_is_also_the_output_is_not_replaced() => await Verify.NoCodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = {|STAB1001:Linear(32, 48)|}, b = Linear(48, 32), head = Linear(32, 1);
            private readonly Module<Tensor, Tensor> act = Sigmoid();
            public Net() : base("net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 4; i++) x = act.call(b.call(act.call(a.call(x))));
                return act.call(head.call(x));
            }
        }
        """);

    [Fact]
    public async Task Fix_all_changes_every_model_of_a_document()
    {
        const string Before = """
            class A : Module<Tensor, Tensor>
            {
                private readonly Linear a = {|STAB1001:Linear(32, 32)|}, head = Linear(32, 1);
                public A() : base("a")
                {
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x)
                {
                    for (var i = 0; i < 8; i++) x = torch.sigmoid(a.call(x));
                    return torch.sigmoid(head.call(x));
                }
            }

            class B : Module<Tensor, Tensor>
            {
                private readonly Sequential s = Sequential({|STAB1001:Linear(8, 8)|}, Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid(), Linear(8, 8), Sigmoid());
                public B() : base("b")
                {
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x) => s.call(x);
            }
            """;
        const string After = """
            class A : Module<Tensor, Tensor>
            {
                private readonly Linear a = Linear(32, 32), head = Linear(32, 1);
                public A() : base("a")
                {
                    RegisterComponents();
                }

                public override Tensor forward(Tensor x)
                {
                    for (var i = 0; i < 8; i++) x = x + torch.sigmoid(a.call(x));
                    return torch.sigmoid(head.call(x));
                }
            }

            class B : Module<Tensor, Tensor>
            {
                private readonly Sequential s = Sequential(Linear(8, 8), ReLU(), Linear(8, 8), ReLU(), Linear(8, 8), ReLU(), Linear(8, 8), ReLU(), Linear(8, 8), ReLU(), Linear(8, 8), Sigmoid());
                public B() : base("b")
                {
                    RegisterComponents();
                    foreach (var module in modules())
                    {
                        if (module is Linear linear)
                        {
                            init.kaiming_uniform_(linear.weight, nonlinearity: init.NonlinearityType.ReLU);
                        }
                    }
                }

                public override Tensor forward(Tensor x) => s.call(x);
            }
            """;
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1001RemedyFix>(Before, After, "STAB1001:best", configuration: "stability.gradient_flow.vanishing_threshold = 0.001");
    }
}
