using System.Collections.Immutable;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <summary>What was written into single parameters of a recurrent layer whose others are as they were drawn.</summary>
/// <param name="HiddenWeights">Initialisers of recurrent weights, by the parameter's name.</param>
/// <param name="ForgetBiases">What the slice of the forget gate was filled with, by the name of the bias.</param>
internal sealed record RecurrentWrites(ImmutableDictionary<string, WeightInitializer> HiddenWeights, ImmutableDictionary<string, double> ForgetBiases)
{
    private static readonly RecurrentWrites s_none = new(ImmutableDictionary<string, WeightInitializer>.Empty, ImmutableDictionary<string, double>.Empty);

    /// <summary>The names of all parameters of a layer, as TorchSharp gives them.</summary>
    /// <param name="arguments">What the layer was made with.</param>
    public static IReadOnlyList<string> NamesOf(LayerArguments arguments)
    {
        string[] directions = arguments.Flag("bidirectional") is true ? ["", "_reverse"] : [""];
        string[] kinds = arguments.Flag("bias") is false ? ["weight_ih", "weight_hh"] : ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];

        // Where their number is not known, those of the first stand for all: no loop over them is understood then.
        var layers = arguments.Count("numLayers") is { } count and <= 64 ? (int)count : 1;
        return Enumerable.Range(0, layers).SelectMany(_ => directions, (layer, direction) => "_l" + layer + direction)
            .SelectMany(_ => kinds, (suffix, kind) => kind + suffix).ToArray();
    }

    /// <summary>The layer after an initialiser on one of its recurrent weights; null if it is none, or one that is not followed.</summary>
    public static LayerObject? Hidden(LayerObject layer, string name, WeightInitializer initializer) =>
        name.StartsWith("weight_hh", StringComparison.Ordinal) && initializer is OrthogonalInitializer or IdentityInitializer
            ? layer with { Writes = (layer.Writes ?? s_none) is var writes ? writes with { HiddenWeights = writes.HiddenWeights.SetItem(name, initializer) } : null }
            : null;

    /// <summary>The layer after a part of one of its biases was filled; null if that is not the slice of the forget gate.</summary>
    public static LayerObject? Forget(LayerObject layer, ParameterRows rows, double value) =>
        rows.Whole is { IsBias: true, Name: { } name }
        && layer.Entry.Name is "LSTM" or "LSTMCell"
        && layer.Arguments.Count("hiddenSize") is { } hidden
        && rows.Start == hidden && rows.Length == hidden
            ? layer with { Writes = (layer.Writes ?? s_none) is var writes ? writes with { ForgetBiases = writes.ForgetBiases.SetItem(name, value) } : null }
            : null;

    /// <summary>The operation of the layer, with what was written. Its weights are not known where only some parameters of a kind were.</summary>
    public Operation AppliedTo(Operation operation) => operation switch
    {
        RecurrentOperation layer => layer with { Weights = AppliedTo(layer.Weights, (int)layer.Layers * (layer.IsBidirectional ? 2 : 1)) },
        GatedCellOperation cell => cell with { Weights = AppliedTo(cell.Weights, 1) },
        RecurrentCellOperation cell => AppliedTo(new RecurrentWeights(cell.InputWeight, cell.HiddenWeight, cell.Bias), 1) is var weights
            ? cell with { InputWeight = weights.Input, HiddenWeight = weights.Hidden, Bias = weights.Bias }
            : cell,
        _ => operation,
    };

    private RecurrentWeights AppliedTo(RecurrentWeights weights, int parts)
    {
        if (weights.Hidden is UnknownInitializer)
        {
            return weights;
        }

        var unknown = RecurrentWeights.Unknown("some of the weights of a recurrent layer were set");
        if (HiddenWeights.Count > 0)
        {
            if (HiddenWeights.Count != parts || HiddenWeights.Values.Distinct().ToArray() is not [var hidden])
            {
                return unknown;
            }

            weights = weights with { Hidden = hidden };
        }

        if (ForgetBiases.Count > 0)
        {
            var both = ForgetBiases.GroupBy(pair => pair.Key.StartsWith("bias_ih", StringComparison.Ordinal)).ToArray();
            if (both.Any(group => group.Count() != parts || group.Select(pair => pair.Value).Distinct().Count() != 1) || weights.Bias?.Variance is not { } variance)
            {
                return unknown;
            }

            // The two biases add up, and what was not filled is drawn as before.
            weights = weights with { ForgetBias = new BiasInitializer(both.Sum(group => group.First().Value), variance * (1 - (both.Length / 2.0))) };
        }

        return weights;
    }
}
