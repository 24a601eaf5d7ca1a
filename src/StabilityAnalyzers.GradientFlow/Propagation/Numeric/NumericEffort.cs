namespace StabilityAnalyzers.GradientFlow;

/// <summary>What a numeric pass may cost.</summary>
/// <param name="Elements">Elements of all nodes, replicas and samples that may be computed.</param>
/// <param name="RecurrentShare">The part of it where there are recurrent layers: fewer replicas do for them.</param>
/// <param name="Scales">Features, samples and the fewest replicas to choose from, the best first.</param>
internal sealed record NumericEffort(double Elements, double RecurrentShare, IReadOnlyList<(int Features, int Samples, int Fewest)> Scales)
{
    /// <summary>For figures that are shown: some tens of milliseconds.</summary>
    internal static NumericEffort Full { get; } = new(1_200_000, 0.175, [(128, 8, 2), (64, 8, 2), (64, 4, 2), (32, 4, 2), (16, 4, 2), (16, 4, 1)]);

    /// <summary>
    /// For somebody who waits some seconds, where <see cref="Full"/> is too little. What is so large works on large images, of which the
    /// last layers see more than a few positions.
    /// </summary>
    internal static NumericEffort Patient { get; } = new(60_000_000, 0.175, [(64, 4, 2), (32, 4, 2), (16, 4, 2), (16, 4, 1)]) { SizeFactor = 2, MostReplicas = 2 };

    /// <summary>For a first look, which tells what is far from every limit.</summary>
    internal static NumericEffort Quick { get; } = new(40_000, 0.5, [(32, 4, 1), (16, 4, 1), (16, 2, 1), (8, 2, 1)]);

    /// <summary>Passes with new weights: the mean square over them is what a measurement over seeds shows.</summary>
    internal int MostReplicas { get; init; } = 16;

    /// <summary>By how much sizes that are assumed are larger than the least that leave something of every tensor.</summary>
    internal int SizeFactor { get; init; } = 1;
}
