namespace StabilityAnalyzers.GradientFlow;

/// <summary>Puts the features of its inputs one behind the other: <c>cat</c> over channels or the last dimension.</summary>
/// <param name="Widths">Number of features (or channels) of each input; null where it is not known.</param>
public sealed record ConcatenationOperation(EquatableList<long?> Widths) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "cat";
}

/// <summary>Some features of its input: one part of <c>chunk</c> or <c>split</c>, <c>narrow</c>, an index over features.</summary>
/// <param name="Start">Where they start, as a part of the width, from 0 to 1.</param>
/// <param name="Fraction">How many they are, as a part of the width.</param>
public sealed record FeatureSliceOperation(double Start, double Fraction) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "slice";
}

/// <summary>Gated linear unit: the first half of the features times the sigmoid of the second (Dauphin 2017).</summary>
public sealed record GatedLinearUnitOperation : Operation
{
    /// <inheritdoc/>
    public override string Kind => "GLU";
}
