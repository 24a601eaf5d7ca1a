namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Multi-head attention (Vaswani 2017) with TorchSharp's initialisation: the projections of query, key and value Xavier, that
/// of the output as a <c>Linear</c>, no bias at first. Its inputs are query, key and value, or one tensor for all three.
/// </summary>
/// <param name="Width">Width of the query and of the output.</param>
/// <param name="Heads">Number of heads.</param>
public sealed record AttentionOperation(long Width, long Heads) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "MultiheadAttention";

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>Probability of dropout of the attention weights.</summary>
    public double Dropout { get; init; }

    /// <summary>True if a position sees those before it alone.</summary>
    public bool IsCausal { get; init; }
}

/// <summary>
/// A layer of a Transformer, normalised behind each sum, as TorchSharp has them: attention, for a decoder attention to a
/// memory, and two linear layers, each x -> LayerNorm(x + f(x)). Its inputs are x and, for a decoder, the memory.
/// </summary>
/// <param name="Width">Width of input and output.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="FeedForward">Width between the two linear layers.</param>
/// <param name="Activation">The nonlinearity between them.</param>
public sealed record TransformerOperation(long Width, long Heads, long FeedForward, Activation Activation) : Operation
{
    /// <inheritdoc/>
    public override string Kind => (IsDecoder ? "TransformerDecoder" : "TransformerEncoder") + (IsStack ? "" : "Layer");

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>True for a decoder, which reads a memory.</summary>
    public bool IsDecoder { get; init; }

    /// <summary>True for a stack of layers, <c>TransformerEncoder</c> or <c>TransformerDecoder</c>.</summary>
    public bool IsStack { get; init; }

    /// <summary>Number of layers.</summary>
    public long Layers { get; init; } = 1;

    /// <summary>True if every matrix is drawn with Xavier's variance, as those of a whole <c>Transformer</c> are.</summary>
    public bool IsXavier { get; init; }

    /// <summary>Probability of dropout behind each part and of the attention weights.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>True if a position sees those before it alone.</summary>
    public bool IsCausal { get; init; }
}
