namespace StabilityAnalyzers.GradientFlow;

/// <summary>Addition of a constant: <c>x + 1</c>; <c>1 - t</c> is a <see cref="ScaleOperation"/> by -1 and this.</summary>
/// <param name="Constant">The constant.</param>
public sealed record OffsetOperation(double Constant) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Offset";
}
