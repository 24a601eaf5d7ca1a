namespace StabilityAnalyzers.GradientFlow;

/// <summary>Softmax over the features: exp(x) divided by its sum.</summary>
public sealed record SoftmaxOperation : Operation
{
    /// <inheritdoc/>
    public override string Kind => "softmax";
}
