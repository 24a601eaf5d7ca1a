using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>What attention and the blocks built on it do to the signal.</summary>
internal static class AttentionOperations
{
    /// <summary>The layers. A stack is made of a layer, which is no constant: <see cref="Stack"/>.</summary>
    public static IEnumerable<LayerOperation> Entries()
    {
        yield return new(
            "MultiheadAttention",
            ["embedded_dim", "num_heads", "dropout", "add_bias_kv", "add_zero_attn", "kdim", "vdim"],
            (a, weight, _) => IsUntouched(weight)
                && a.Count("embedded_dim") is { } width
                && a.Count("num_heads") is { } heads
                && a.Number("dropout") is >= 0 and < 1 and var dropout
                && a.Flag("add_bias_kv") is false
                && a.Flag("add_zero_attn") is false
                && (a.IsNull("kdim") || a.Number("kdim") == width)
                && (a.IsNull("vdim") || a.Number("vdim") == width)
                    ? new AttentionOperation(width, heads) { Dropout = dropout }
                    : null);
        foreach (var isDecoder in new[] { false, true })
        {
            yield return new(
                isDecoder ? "TransformerDecoderLayer" : "TransformerEncoderLayer",
                ["d_model", "nhead", "dim_feedforward", "dropout", "activation"],
                (a, weight, _) => IsUntouched(weight)
                    && a.Count("d_model") is { } width
                    && a.Count("nhead") is { } heads
                    && a.Count("dim_feedforward") is { } feedForward
                    && a.Number("dropout") is >= 0 and < 1 and var dropout
                    && Nonlinearity(a) is { } activation
                        ? new TransformerOperation(width, heads, feedForward, activation) { IsDecoder = isDecoder, Dropout = dropout }
                        : null);
        }
    }

    /// <summary>The two stacks of a whole <c>Transformer</c>; null if its arguments are not known.</summary>
    /// <param name="a">What it was made with.</param>
    /// <param name="weight">The state of its weights.</param>
    public static (TransformerOperation Encoder, TransformerOperation Decoder)? Whole(LayerArguments a, WeightInitializer weight)
    {
        if (!IsUntouched(weight)
            || a.Count("d_model") is not { } width
            || a.Count("nhead") is not { } heads
            || a.Count("dim_feedforward") is not { } feedForward
            || a.Number("dropout") is not (>= 0 and < 1 and var dropout)
            || a.Count("num_encoder_layers") is not { } encoders
            || a.Count("num_decoder_layers") is not { } decoders
            || Nonlinearity(a) is not { } activation)
        {
            return null;
        }

        var layer = new TransformerOperation(width, heads, feedForward, activation) { Dropout = dropout, IsXavier = true };
        return (Stack(layer, encoders), Stack(layer with { IsDecoder = true }, decoders));
    }

    /// <summary><c>TransformerEncoder</c> or <c>TransformerDecoder</c>: several copies of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="layers">The number of copies.</param>
    public static TransformerOperation Stack(TransformerOperation layer, long layers) => layer with { IsStack = true, Layers = layers };

    // The weights of attention are not followed one by one: untouched, or not known.
    private static bool IsUntouched(WeightInitializer weight) => Equals(weight, WeightInitializer.TorchDefault);

    private static Activation? Nonlinearity(LayerArguments a) => a.Number("activation") switch
    {
        0 => Activations.ReLU,
        1 => Activations.GELU,
        _ => null,
    };
}
