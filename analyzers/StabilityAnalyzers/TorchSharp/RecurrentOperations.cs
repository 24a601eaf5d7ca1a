using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>What the recurrent layers and cells of TorchSharp do to the signal.</summary>
internal static class RecurrentOperations
{
    private static readonly string[] s_cell = ["inputSize", "hiddenSize", "bias"];
    private static readonly string[] s_layer = [.. s_cell, "numLayers", "dropout", "bidirectional"];

    /// <summary>The layers and cells.</summary>
    public static IEnumerable<LayerOperation> Entries()
    {
        yield return new("RNN", [.. s_layer, "nonLinearity"], (a, weight, bias) => Layer(RecurrentKind.Rnn, a, weight, bias), "bias");
        yield return new("LSTM", s_layer, (a, weight, bias) => Layer(RecurrentKind.Lstm, a, weight, bias), "bias");
        yield return new("GRU", s_layer, (a, weight, bias) => Layer(RecurrentKind.Gru, a, weight, bias), "bias");
        yield return new("RNNCell", [.. s_cell, "nonLinearity"], SimpleCell, "bias");
        yield return new("LSTMCell", s_cell, (a, weight, bias) => Cell(RecurrentKind.Lstm, a, weight, bias), "bias");
        yield return new("GRUCell", s_cell, (a, weight, bias) => Cell(RecurrentKind.Gru, a, weight, bias), "bias");
    }

    private static RecurrentOperation? Layer(RecurrentKind kind, LayerArguments a, WeightInitializer weight, BiasInitializer? bias) =>
        a.Count("inputSize") is { } inputs
        && a.Count("hiddenSize") is { } hidden
        && a.Count("numLayers") is { } layers
        && a.Flag("bidirectional") is { } isBidirectional
        && (kind == RecurrentKind.Rnn ? Nonlinearity(a) : Activations.Tanh) is { } activation
            ? new RecurrentOperation(kind, inputs, hidden, Weights(hidden, weight, bias))
            {
                Activation = activation,
                Layers = layers,
                IsBidirectional = isBidirectional,
                Dropout = a.Number("dropout") ?? 0,
            }
            : null;

    private static GatedCellOperation? Cell(RecurrentKind kind, LayerArguments a, WeightInitializer weight, BiasInitializer? bias) =>
        a.Count("inputSize") is { } inputs && a.Count("hiddenSize") is { } hidden
            ? new GatedCellOperation(kind, inputs, hidden, Weights(hidden, weight, bias))
            : null;

    private static RecurrentCellOperation? SimpleCell(LayerArguments a, WeightInitializer weight, BiasInitializer? bias)
    {
        if (a.Count("inputSize") is not { } inputs || a.Count("hiddenSize") is not { } hidden || Nonlinearity(a) is not { } activation)
        {
            return null;
        }

        var weights = Weights(hidden, weight, bias);
        return new RecurrentCellOperation(inputs, hidden, activation, weights.Input, weights.Hidden, weights.Bias);
    }

    // The two matrices and two biases of a layer are followed as one weight and one bias: untouched, or not known.
    private static RecurrentWeights Weights(long hidden, WeightInitializer weight, BiasInitializer? bias) =>
        Equals(weight, WeightInitializer.TorchDefault) && (bias is null || Equals(bias, BiasInitializer.TorchDefault))
            ? RecurrentWeights.Default(hidden, bias is not null)
            : RecurrentWeights.Unknown("the weights of a recurrent layer were set");

    private static Activation? Nonlinearity(LayerArguments a) => a.Number("nonLinearity") switch
    {
        0 => Activations.ReLU,
        1 => Activations.Tanh,
        _ => null,
    };
}
