using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1006ActivationBetweenFixTests
{
    [Fact]
    public async Task Not_where_the_rest_of_the_model_is_unknown() => await Verify.NoCodeFix<ModelGraphAnalyzer, STAB1006ActivationBetweenFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear hidden = {|STAB1006:Linear(16, 32)|}, output = Linear(32, 4);
            public Net() : base("net") => RegisterComponents();
            public override Tensor forward(Tensor x) => output.call(hidden.call(torch.linalg.inv(x)));
        }
        """);

    [Fact]
    public async Task In_forward() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1006ActivationBetweenFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = {|STAB1006:Linear(16, 32)|}, b = Linear(32, 32), output = Linear(32, 4);
            public Net() : base("net") => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                var h = b.call(a.call(x)); // hidden
                return output.call(h);
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(16, 32), b = Linear(32, 32), output = Linear(32, 4);
            public Net() : base("net") => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                var h = b.call(functional.relu(a.call(x))); // hidden
                return output.call(functional.relu(h));
            }
        }
        """,
        "STAB1006:best",
        "Put ReLU behind each layer from 'a' to 'output' (gradient at 'a': 0.12 -> 0.058)");

    [Fact]
    public async Task In_a_container() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1006ActivationBetweenFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = nn.Sequential(
                ("hidden", {|STAB1006:nn.Linear(16, 32)|}),
                ("output", nn.Linear(32, 4)));

            public Net() : base("net") => RegisterComponents();
            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = nn.Sequential(
                ("hidden", nn.Linear(16, 32)),
                ("act_output", nn.ReLU()),
                ("output", nn.Linear(32, 4)));

            public Net() : base("net") => RegisterComponents();
            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """,
        "STAB1006:best",
        "Put ReLU between 'layers.hidden' and 'layers.output' (gradient at 'layers.hidden': 0.20 -> 0.14)");

    [Fact]
    public async Task With_He_initialisation_where_the_default_is_not_enough() => await Verify.CodeFix<ModelGraphAnalyzer, STAB1006ActivationBetweenFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = {|STAB1006:Linear(16, 16)|}, b = Linear(16, 16), c = Linear(16, 16), d = Linear(16, 16), e = Linear(16, 16);
            public Net() : base("net") => RegisterComponents();
            public override Tensor forward(Tensor x) => e.call(d.call(c.call(b.call(a.call(x)))));
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(16, 16), b = Linear(16, 16), c = Linear(16, 16), d = Linear(16, 16), e = Linear(16, 16);
            public Net() : base("net")
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
            public override Tensor forward(Tensor x) => e.call(functional.relu(d.call(functional.relu(c.call(functional.relu(b.call(functional.relu(a.call(x)))))))));
        }
        """,
        "STAB1006:best");
}
