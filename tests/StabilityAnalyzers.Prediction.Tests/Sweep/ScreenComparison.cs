using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Tests.Sweep.Generation;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>What the first look at a sample finds that saves the whole prediction, beside the whole prediction.</summary>
/// <param name="Seed">Seed of the sample.</param>
/// <param name="IsSettled">True if the first look called the sample healthy.</param>
/// <param name="IsHealthy">What the whole prediction calls it.</param>
internal sealed record ScreenComparison(int Seed, bool IsSettled, bool IsHealthy)
{
    /// <summary>Compares; null if there is no whole prediction of the sample.</summary>
    public static ScreenComparison? Of(int seed) =>
        SourcePrediction.Of(SampleGenerator.Generate(seed).Source).Prediction is { IsComplete: true } whole
            ? new ScreenComparison(seed, SignalPropagation.Screen(whole.Graph).IsRough, whole.IsHealthy())
            : null;

    /// <summary>The command <c>screen</c>: how many samples the first look settles, and of which the whole prediction differs.</summary>
    /// <param name="count">How many samples.</param>
    /// <param name="from">The first seed.</param>
    public static int Run(int count, int from)
    {
        var all = Enumerable.Range(from, count).Select(Of).OfType<ScreenComparison>().ToArray();
        var settled = all.Where(sample => sample.IsSettled).ToArray();
        var missed = settled.Where(sample => !sample.IsHealthy).Select(sample => sample.Seed).ToArray();
        Console.WriteLine($"{all.Length} predicted as a whole, {all.Count(sample => sample.IsHealthy)} of them healthy; settled by the first look: {settled.Length}, of which the whole prediction says otherwise: {missed.Length} ({string.Join(", ", missed)})");
        return 0;
    }
}
