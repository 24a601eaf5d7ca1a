using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>Initialisers, in the styles that models are written in.</summary>
public sealed class STAB1001InitializerFixTests
{
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
}
