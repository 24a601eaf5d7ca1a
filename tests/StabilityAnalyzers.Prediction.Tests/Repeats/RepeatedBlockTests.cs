using StabilityAnalyzers.Tests.Sweep;
using StabilityAnalyzers.Tests.Sweep.Generation;
using StabilityAnalyzers.Tests.Sweep.Measurement;

namespace StabilityAnalyzers.Tests.Repeats;

/// <summary>
/// What one pass of a loop of unknown count is predicted to do, from source that does not say how deep the model is, against the
/// same model made 10 and 20 passes deep by TorchSharp.
/// </summary>
public sealed class RepeatedBlockTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(10, "", "functional.sigmoid(layers[i].call(x))")]
    [InlineData(20, "", "functional.sigmoid(layers[i].call(x))")]
    [InlineData(10, "", "functional.relu(layers[i].call(x))")]
    [InlineData(20, "", "functional.relu(layers[i].call(x))")]
    [InlineData(10, "", "functional.gelu(layers[i].call(x))")]
    [InlineData(20, "", "functional.gelu(layers[i].call(x))")]
    [InlineData(10, "init.normal_(layer.weight, 0, 0.15);", "functional.relu(layers[i].call(x))")]
    [InlineData(20, "init.normal_(layer.weight, 0, 0.15);", "functional.relu(layers[i].call(x))")]
    [InlineData(10, "init.xavier_uniform_(layer.weight);", "functional.elu(layers[i].call(x).mul(0.5), 1.0)")]
    [InlineData(20, "init.xavier_uniform_(layer.weight);", "functional.elu(layers[i].call(x).mul(0.5), 1.0)")]
    public void Factor_of_a_pass_is_that_of_the_model_at_any_depth(int depth, string initialisation, string pass)
    {
        var source = Source(initialisation, pass);
        var (prediction, _) = SourcePrediction.Of(source);
        Assert.NotNull(prediction);
        var predicted = Math.Log10(Assert.Single(prediction.Repeats).FactorPerPass!.Value);

        var measured = MeasuredGradient.Of(
            SourceModel.Load(source + $"static class Samples {{ public static Module<Tensor, Tensor> Create() => new Net({depth}); }}\n"), new InputBatch([64, 128]), 6);

        // Without the first two, before the signal has settled, and the last one, which ends in another layer.
        var perPass = (measured.LogRatios["layers.2"] - measured.LogRatios[$"layers.{depth - 2}"]) / (depth - 4);
        output.WriteLine(FormattableString.Invariant($"{depth} passes, {pass}: predicted {predicted:0.0000}, measured {perPass:0.0000} for each"));
        Assert.Equal(predicted, perPass, 0.02);
    }

    private static string Source(string initialisation, string pass) => $$"""
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;
        namespace Generated;
        public sealed class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Linear> layers = new ModuleList<Linear>();
            private readonly Linear head = Linear(128, 128);
            public Net(int depth) : base("net")
            {
                for (var i = 0; i < depth; i++)
                {
                    var layer = Linear(128, 128);
                    {{initialisation}}
                    layers.Add(layer);
                }
                RegisterComponents();
            }
            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < layers.Count; i++)
                {
                    x = {{pass}};
                }
                return head.call(x);
            }
        }

        """;
}
