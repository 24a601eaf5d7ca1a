namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// A lookup table of vectors. What comes out of it is drawn from its weight, whatever the indices are; the nodes that
/// compute these are not part of the graph, so that it has no inputs. Its error signal is that of the vectors.
/// </summary>
/// <param name="Width">Width of a vector.</param>
/// <param name="Weight">How the table is initialised.</param>
/// <param name="Name">The TorchSharp layer type, for example <c>Embedding</c>.</param>
public sealed record EmbeddingOperation(long Width, WeightInitializer Weight, string Name = "Embedding") : Operation
{
    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>Number of vectors in the table, on which initialisers that look at the shape depend; null if it is not known.</summary>
    public long? Count { get; init; }

    /// <summary>Variance of an element; null if it is not known.</summary>
    public double? Variance => Count is { } count
        ? Weight.Variance(new Fans(Width, count))
        : Weight is FixedInitializer ? Weight.Variance(default) : null;

    /// <summary>Positions of the vectors of one sample, as time steps; null where they are not known.</summary>
    public EquatableList<long>? Positions { get; init; }

    /// <summary>How many vectors are averaged to one, for an <c>EmbeddingBag</c>; null if it is not known.</summary>
    public long? BagSize { get; init; } = 1;
}
