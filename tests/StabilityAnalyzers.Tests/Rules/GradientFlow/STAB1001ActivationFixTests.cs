using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>Other activations, in the styles that models are written in.</summary>
public sealed class STAB1001ActivationFixTests
{
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
        var fixes = await FixRunner.ApplyEach(before, await Remedies.Diagnostics(before));
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
        Assert.Empty(await Remedies.Diagnostics(Code(to, loop)));
    }
}
