namespace StabilityAnalyzers.GradientFlow;

/// <summary>Statistics of the maximum over a pooling window.</summary>
internal static class MaximumMoments
{
    /// <summary>
    /// The maximum of independent normal values with the mean and variance of x. Approximate: positions are correlated, and
    /// after an activation not normal.
    /// </summary>
    /// <param name="x">Statistics of one position.</param>
    /// <param name="window">Number of positions in the window, at least 1.</param>
    internal static SignalMoments OfNormal(SignalMoments x, long window)
    {
        if (window <= 1 || !(x.Variance > 0))
        {
            return x;
        }

        // The density of the maximum is n Phi(z)^(n-1) phi(z).
        double first = 0, second = 0, total = 0;
        foreach (var (z, weight) in GaussianQuadrature.Points(0, 1, []))
        {
            var density = weight * window * Math.Pow(Normal.Cumulative(z), window - 1);
            total += density;
            first += density * z;
            second += density * z * z;
        }

        first /= total;
        second /= total;
        var std = Math.Sqrt(x.Variance);
        var mean = x.Mean + (std * first);
        var variance = x.Variance * (second - (first * first));
        var product = (mean * mean) + (x.SampleCorrelation * variance);
        return new SignalMoments((mean * mean) + variance, mean, product);
    }
}
