using StabilityAnalyzers.GradientFlow;

namespace Calibration;

/// <summary>A family of networks that differ in depth only.</summary>
/// <param name="Activation">Name of the activation.</param>
/// <param name="Initializer">Name of the initialiser: <c>default</c>, <c>xavier</c>, <c>he</c>, or <c>gain</c> and a number: variance gain^2 / fan_in.</param>
/// <param name="Residual">True for blocks x + activation(linear(x)), false for a plain stack.</param>
internal sealed record Setting(string Activation, string Initializer, bool Residual)
{
    /// <summary>Units of a hidden layer.</summary>
    public const int Width = 64;

    public const int Inputs = 2;

    public string Architecture => Residual ? "residual" : "plain";

    /// <summary>The initialiser of every weight but the head's; biases and the head keep TorchSharp's default.</summary>
    public WeightInitializer Weight => Initializer switch
    {
        "default" => WeightInitializer.TorchDefault,
        "xavier" => WeightInitializer.Xavier(),
        "he" => WeightInitializer.Kaiming(),
        _ => WeightInitializer.Kaiming(double.Parse(Initializer["gain".Length..], System.Globalization.CultureInfo.InvariantCulture)),
    };

    /// <summary>What is predicted for a depth.</summary>
    /// <param name="depth">Number of hidden layers; with residual blocks, of blocks behind the first layer.</param>
    public Prediction Predict(int depth)
    {
        var activation = new ActivationOperation(ActivationOf());
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var layer = 0; layer < depth; layer++)
        {
            var before = x;
            x = builder.Add(new LinearOperation(layer == 0 ? Inputs : Width, Width, Weight, BiasInitializer.TorchDefault), "fc" + layer, x);
            if (!Residual || layer > 0)
            {
                x = builder.Add(activation, null, x);
            }

            if (Residual && layer > 0)
            {
                x = builder.Add(AddOperation.OfTwo, null, before, x);
            }
        }

        x = builder.Add(new LinearOperation(Width, Circles.Classes, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault), "head", x);
        return SignalPropagation.Predict(builder.Build(ToString(), x));
    }

    private Activation ActivationOf() => Activation switch
    {
        "relu" => Activations.ReLU,
        "gelu" => Activations.GELU,
        "tanh" => Activations.Tanh,
        "sigmoid" => Activations.Sigmoid,
        "silu" => Activations.SiLU,
        _ => throw new ArgumentException($"No activation '{Activation}' here."),
    };
}
