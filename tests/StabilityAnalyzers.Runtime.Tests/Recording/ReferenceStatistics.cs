using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>The statistics by their definitions, in extended range: slow, and with nothing in common with the pass.</summary>
internal static class ReferenceStatistics
{
    public static TensorStatistics Of(IEnumerable<double> elements)
    {
        double[] all = elements.ToArray();
        double[] finite = all.Where(double.IsFinite).ToArray();
        if (finite.Length == 0)
        {
            return new TensorStatistics(all.Length, 0, 0, 0, 0, 0, 0, 0, 0, all.Length);
        }

        // Divided by the greatest absolute value, so that squares stay in range; Kahan sums.
        double unit = finite.Max(Math.Abs);
        double[] scaled = finite.Select(x => unit == 0 ? 0 : x / unit).ToArray();
        double mean = Sum(scaled) / finite.Length;
        return new TensorStatistics(
            all.Length,
            mean * unit,
            Sum(scaled.Select(Math.Abs)) / finite.Length * unit,
            Math.Sqrt(Sum(scaled.Select(x => (x - mean) * (x - mean))) / finite.Length) * unit,
            finite.Min(),
            finite.Max(),
            unit,
            Math.Sqrt(Sum(scaled.Select(x => x * x))) * unit,
            finite.Count(x => x == 0),
            all.Length - finite.Length);
    }

    /// <summary>
    /// Counts and extremes exactly; the rest within a relative tolerance (the mean relative to the mean absolute value).
    /// </summary>
    public static void AssertClose(TensorStatistics expected, TensorStatistics actual, double tolerance, double? stdTolerance = null)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.ZeroCount, actual.ZeroCount);
        Assert.Equal(expected.NonFiniteCount, actual.NonFiniteCount);
        Assert.Equal(expected.Min, actual.Min);
        Assert.Equal(expected.Max, actual.Max);
        Assert.Equal(expected.MaxAbs, actual.MaxAbs);
        Near(expected.Mean, actual.Mean, tolerance * expected.MeanAbs, "mean");
        Near(expected.MeanAbs, actual.MeanAbs, tolerance * expected.MeanAbs, "mean abs");
        Near(expected.L2, actual.L2, tolerance * expected.L2, "L2");
        Near(expected.Std, actual.Std, (stdTolerance ?? tolerance) * expected.Std + 1e-9 * expected.MaxAbs, "std");
    }

    /// <summary>The same for elements that were computed in another order, so that the extremes differ in their last digits too.</summary>
    public static void AssertRounded(TensorStatistics expected, TensorStatistics actual, double tolerance)
    {
        Near(expected.Min, actual.Min, tolerance * expected.MaxAbs, "min");
        Near(expected.Max, actual.Max, tolerance * expected.MaxAbs, "max");
        AssertClose(expected with { Min = actual.Min, Max = actual.Max, MaxAbs = actual.MaxAbs }, actual, tolerance);
    }

    private static void Near(double expected, double actual, double allowed, string what) =>
        Assert.True(Math.Abs(expected - actual) <= allowed, $"{what}: expected {expected:R}, was {actual:R}");

    private static double Sum(IEnumerable<double> values)
    {
        double sum = 0;
        double lost = 0;
        foreach (double value in values)
        {
            double y = value - lost;
            double t = sum + y;
            lost = t - sum - y;
            sum = t;
        }

        return sum;
    }
}
