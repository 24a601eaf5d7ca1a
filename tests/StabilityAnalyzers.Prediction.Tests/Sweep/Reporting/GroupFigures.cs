namespace StabilityAnalyzers.Tests.Sweep.Reporting;

/// <summary>How good the prediction is for some samples.</summary>
/// <param name="Group">What they have in common.</param>
/// <param name="Count">How many samples.</param>
/// <param name="Unknown">How many of them have no predicted ratio.</param>
/// <param name="BeyondFloat">How many were measured beyond the range of float32, and are not counted in what follows.</param>
/// <param name="Median">Median of the error in decades.</param>
/// <param name="Percentile95">95th percentile.</param>
/// <param name="Greatest">Greatest error.</param>
/// <param name="SignErrors">How many have the wrong direction by more than a decade.</param>
internal sealed record GroupFigures(
    string Group, int Count, int Unknown, int BeyondFloat, double? Median, double? Percentile95, double? Greatest, int SignErrors)
{
    /// <summary>The figures of some samples.</summary>
    public static GroupFigures Of(string group, IReadOnlyCollection<SampleResult> results)
    {
        var known = results.Where(result => result.Error is not null).ToList();
        var errors = known.Where(result => result.Measured.IsWithinFloat).Select(result => Math.Abs(result.Error!.Value)).Order().ToArray();
        return new(
            group,
            results.Count,
            results.Count - known.Count,
            known.Count - errors.Length,
            Quantile(errors, 0.5),
            Quantile(errors, 0.95),
            errors.Length == 0 ? null : errors[^1],
            known.Count(result => result.IsSignError));
    }

    /// <summary>
    /// The rows of the report: each group within depth / width of a quarter, the sums without and with norms over batch or
    /// positions, and what is beyond the quarter.
    /// </summary>
    public static IReadOnlyList<GroupFigures> Table(IReadOnlyCollection<SampleResult> results)
    {
        var within = Within(results);
        return
        [
            .. within.GroupBy(result => result.Model.Group).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => Of(group.Key, [.. group])),
            Of("all without norms over batch or positions", [.. within.Where(result => !result.Model.NormalizesOverBatch)]),
            Of("all with norms over batch or positions", [.. within.Where(result => result.Model.NormalizesOverBatch)]),
            Of("all", within),
            Of("apart: depth / width above 0.25", [.. results.Except(within)]),
        ];
    }

    /// <summary>The samples to which the limit of wide layers applies: depth / width up to a quarter.</summary>
    public static IReadOnlyList<SampleResult> Within(IEnumerable<SampleResult> results) => [.. results.Where(result => result.Model.DepthOverWidth <= 0.25)];

    // Nearest rank: always a value that occurs.
    private static double? Quantile(double[] sorted, double share) =>
        sorted.Length == 0 ? null : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
