namespace StabilityAnalyzers.GradientFlow;

/// <summary>What a numeric pass may cost.</summary>
/// <param name="Elements">Elements of all nodes, replicas and samples that may be computed.</param>
/// <param name="RecurrentShare">The part of it where there are recurrent layers: fewer replicas do for them.</param>
/// <param name="Scales">Features, samples and the fewest replicas to choose from, the best first.</param>
internal sealed record NumericEffort(double Elements, double RecurrentShare, IReadOnlyList<(int Features, int Samples, int Fewest)> Scales)
{
    /// <summary>For figures that are shown: some tens of milliseconds.</summary>
    internal static NumericEffort Full { get; } = new(1_200_000, 0.175, [(128, 8, 2), (64, 8, 2), (64, 4, 2), (32, 4, 2), (16, 4, 2), (16, 4, 1)]);

    /// <summary>For a first look, which tells what is far from every limit.</summary>
    internal static NumericEffort Quick { get; } = new(40_000, 0.5, [(32, 4, 1), (16, 4, 1), (16, 2, 1), (8, 2, 1)]);
}
