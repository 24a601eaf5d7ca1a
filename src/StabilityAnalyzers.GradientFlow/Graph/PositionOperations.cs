namespace StabilityAnalyzers.GradientFlow;

/// <summary>One position of a sequence: <c>x[:, -1]</c>, <c>select</c>, the hidden state after the last step.</summary>
/// <param name="Position">Which one, counted from 0; -1 for the last.</param>
public sealed record SelectOperation(long Position) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "select";
}

/// <summary>Mean or sum over all positions: <c>mean</c> or <c>sum</c> over the time or the spatial dimensions.</summary>
/// <param name="IsMean">True for the mean.</param>
public sealed record ReductionOperation(bool IsMean) : Operation
{
    /// <inheritdoc/>
    public override string Kind => IsMean ? "mean" : "sum";
}

/// <summary>
/// Sizes of the window of a convolution or pooling, dimension by dimension. What a <see cref="ConvolutionOperation"/> does
/// at the border and to sequences of known length follows from it.
/// </summary>
/// <param name="Sizes">Size of the kernel.</param>
/// <param name="Strides">Its stride.</param>
/// <param name="Padding">Zeros (or other values) on each side; for a transposed convolution what is cut off.</param>
/// <param name="Dilation">Distance of the taps.</param>
public sealed record WindowGeometry(
    EquatableList<long> Sizes, EquatableList<long> Strides, EquatableList<long> Padding, EquatableList<long> Dilation)
{
    /// <summary>Elements that a transposed convolution adds at the end.</summary>
    public EquatableList<long>? OutputPadding { get; init; }

    /// <summary>True if zeros are padded; false for reflected, replicated or circular padding, which loses no signal.</summary>
    public bool PadsZeros { get; init; } = true;

    /// <summary>The number of output positions along a dimension; 0 if there is none.</summary>
    /// <param name="dimension">The dimension.</param>
    /// <param name="length">The number of input positions.</param>
    /// <param name="transposed">Whether the window is that of a transposed convolution.</param>
    public long OutputLength(int dimension, long length, bool transposed = false)
    {
        var reach = Dilation[dimension] * (Sizes[dimension] - 1);
        return transposed
            ? Math.Max(0, ((length - 1) * Strides[dimension]) - (2 * Padding[dimension]) + reach + (OutputPadding?[dimension] ?? 0) + 1)
            : Math.Max(0, (length + (2 * Padding[dimension]) - reach - 1 + Strides[dimension]) / Strides[dimension]);
    }
}
