namespace StabilityAnalyzers.GradientFlow;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    private static readonly double InverseSqrtTwoPi = 1 / Math.Sqrt(2 * Math.PI);

    /// <summary>Density at x.</summary>
    internal static double Density(double x) => InverseSqrtTwoPi * Math.Exp(-0.5 * x * x);

    /// <summary>
    /// Cumulative distribution at x, to about 1e-15: the series x + x^3/3 + x^5/15 + ... times the density for small |x|, and
    /// the continued fraction of the tail otherwise (Marsaglia 2004).
    /// </summary>
    internal static double Cumulative(double x)
    {
        if (double.IsNaN(x))
        {
            return double.NaN;
        }

        if (Math.Abs(x) > 38)
        {
            return x > 0 ? 1 : 0;
        }

        if (Math.Abs(x) < 5)
        {
            double term = x, sum = x;
            for (var k = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); k += 2)
            {
                term *= x * x / k;
                sum += term;
            }

            return 0.5 + (sum * Density(x));
        }

        double fraction = Math.Abs(x);
        for (var k = 40; k > 0; k--)
        {
            fraction = Math.Abs(x) + (k / fraction);
        }

        var tail = Density(x) / fraction;
        return x > 0 ? 1 - tail : tail;
    }
}
