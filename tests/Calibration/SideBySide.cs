using StabilityAnalyzers.GradientFlow;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Calibration;

/// <summary>
/// Several networks of one setting that train at the same time and know nothing of each other: their weights are the
/// slices of batched matrices, their losses are added. What an optimizer does, it does element by element, so that each
/// behaves as if it were alone; a network that becomes NaN does not touch its neighbours.
/// </summary>
internal sealed class SideBySide : nn.Module<Tensor, Tensor>
{
    private readonly Parameter[] weights;
    private readonly Parameter[] biases;
    private readonly Setting setting;

    /// <summary>Draws the networks.</summary>
    /// <param name="setting">What they are.</param>
    /// <param name="depth">Number of hidden layers.</param>
    /// <param name="networks">How many networks.</param>
    /// <param name="generator">Where the weights come from.</param>
    public SideBySide(Setting setting, int depth, int networks, Generator generator)
        : base(nameof(SideBySide))
    {
        this.setting = setting;
        weights = new Parameter[depth + 1];
        biases = new Parameter[depth + 1];
        for (var layer = 0; layer <= depth; layer++)
        {
            var fans = new Fans(layer == 0 ? Setting.Inputs : Setting.Width, layer == depth ? Circles.Classes : Setting.Width);
            var weight = layer == depth ? WeightInitializer.TorchDefault : setting.Weight;
            weights[layer] = Uniform(weight.Variance(fans)!.Value, generator, networks, (long)fans.In, (long)fans.Out);
            biases[layer] = Uniform(BiasInitializer.TorchDefault.VarianceFor(fans)!.Value, generator, networks, 1, (long)fans.Out);
            register_parameter("weight" + layer, weights[layer]);
            register_parameter("bias" + layer, biases[layer]);
        }
    }

    /// <summary>From [networks, batch, 2], or [1, batch, 2] for all of them, to [networks, batch, classes].</summary>
    public override Tensor forward(Tensor input)
    {
        var x = input.expand(weights[0].shape[0], -1, -1);
        for (var layer = 0; layer < weights.Length; layer++)
        {
            var z = x.bmm(weights[layer]) + biases[layer];
            x = layer == weights.Length - 1 || (setting.Residual && layer == 0) ? z
                : setting.Residual ? x + Activate(z)
                : Activate(z);
        }

        return x;
    }

    private Tensor Activate(Tensor z) => setting.Activation switch
    {
        "relu" => z.relu(),
        "gelu" => z.gelu(),
        "tanh" => z.tanh(),
        "sigmoid" => z.sigmoid(),
        _ => nn.functional.silu(z),
    };

    private static Parameter Uniform(double variance, Generator generator, params long[] shape)
    {
        var bound = Math.Sqrt(3 * variance);
        return new Parameter(((rand(shape, generator: generator) * 2) - 1) * bound);
    }
}
