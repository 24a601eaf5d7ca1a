namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>Runs of which only the loss matters, with noise from a seed.</summary>
internal static class Losses
{
    public static List<Finding> Findings(IDetector detector, int count, Func<int, double?> loss) =>
        detector.Findings(Some.Run(), Sequence.Steps(count, i => Some.Step(i, loss(i))));

    /// <summary>A function of the step times noise of mean 1 that is skewed, as the losses of small batches are.</summary>
    public static Func<int, double?> Noisy(Func<int, double> loss, double sigma, int seed)
    {
        var random = new Random(seed);
        return i => loss(i) * Math.Exp((sigma * Normal(random)) - (sigma * sigma / 2));
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
