namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>The results of many samples.</summary>
/// <param name="Results">Those that ran.</param>
/// <param name="Failures">Seed and reason of each that did not: a fault of the generator or of the measurement.</param>
internal sealed record SweepRun(IReadOnlyList<SampleResult> Results, IReadOnlyList<(int Seed, string Reason)> Failures)
{
    /// <summary>Runs samples with consecutive seeds.</summary>
    /// <param name="firstSeed">Seed of the first sample.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="progress">Called after each.</param>
    public static SweepRun Of(int firstSeed, int count, Action? progress = null)
    {
        var results = new List<SampleResult>(count);
        var failures = new List<(int, string)>();
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                results.Add(SampleResult.Of(seed));
            }
            catch (Exception exception)
            {
                failures.Add((seed, exception.GetType().Name + ": " + exception.Message.Split('\n')[0]));
            }

            progress?.Invoke();
        }

        return new SweepRun(results, failures);
    }
}
