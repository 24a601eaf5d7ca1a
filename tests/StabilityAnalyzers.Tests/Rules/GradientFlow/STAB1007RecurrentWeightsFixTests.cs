using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1007RecurrentWeightsFixTests
{
    [Theory]
    [InlineData("", "orthogonal_", "Initialise the recurrent weight of 'rnn' with an orthogonal matrix (horizon of 'rnn': 4.6 -> 17 time steps)")]
    [InlineData(", nonLinearity: NonLinearities.ReLU", "eye_", "Initialise the recurrent weight of 'rnn' with the identity (horizon of 'rnn': 3.5 -> over 100 time steps)")]
    public async Task Recurrent_weight_keeps_the_gradient(string nonlinearity, string initializer, string title) =>
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1007RecurrentWeightsFix>(
            Net($"{{|STAB1007:RNN(16, 64{nonlinearity})|}}", ""),
            Net($"RNN(16, 64{nonlinearity})", $"\n        init.{initializer}(rnn.get_parameter(\"weight_hh_l0\")!);"),
            "STAB1007:best",
            title);

    [Fact]
    public async Task Nothing_is_offered_where_the_weight_is_orthogonal_already()
    {
        var code = Net("{|STAB1007:RNN(16, 64)|}", "\n        init.orthogonal_(rnn.get_parameter(\"weight_hh_l0\")!);");
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1007RecurrentWeightsFix>(code, code, configuration: "stability.gradient_flow.recurrent_steps = 30");
    }

    [Fact]
    public async Task Nothing_is_offered_for_a_GRU()
    {
        var code = Net("{|STAB1007:GRU(16, 64)|}", "").Replace("RNN rnn", "GRU rnn", StringComparison.Ordinal);
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1007RecurrentWeightsFix>(code, code, configuration: "stability.gradient_flow.recurrent_steps = 30");
    }

    private static string Net(string layer, string more) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly RNN rnn;
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                rnn = {{layer}};
                RegisterComponents();{{more}}
            }

            public override Tensor forward(Tensor x) => head.call(rnn.call(x).Item1);
        }
        """;
}
