using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>Residual connections, in the styles that models are written in.</summary>
public sealed class STAB1001ResidualFixTests
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
        Assert.Equal(["STAB1001:best"], await Remedies.Keys(Code));
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
        Assert.DoesNotContain(await Remedies.Keys(Code), key => key == "STAB1001:Residual");
    }

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
}
