namespace StabilityAnalyzers.GradientFlow;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    private static readonly double InverseSqrtTwoPi = 1 / Math.Sqrt(2 * Math.PI);

    /// <summary>Step of the table; a Taylor series of four terms over half of it is exact to 1e-12.</summary>
    private const double Step = 1.0 / 64;

    private const double TableReach = 8;

    private static readonly double[] Table = MakeTable();

    /// <summary>Density at x.</summary>
    internal static double Density(double x) => InverseSqrtTwoPi * Math.Exp(-0.5 * x * x);

    /// <summary>Cumulative distribution at x, from a table of <see cref="Exact"/> values; absolute error below 1e-12.</summary>
    internal static double Cumulative(double x)
    {
        if (!(Math.Abs(x) < TableReach))
        {
            return Exact(x);
        }

        var index = (int)Math.Round((x + TableReach) / Step);
        var x0 = (index * Step) - TableReach;
        var h = x - x0;

        // Derivatives of the density are Hermite polynomials times the density.
        var series = h * (1 - (h / 2 * (x0 - (h / 3 * ((x0 * x0) - 1 - (h / 4 * ((x0 * x0 * x0) - (3 * x0))))))));
        return Table[index] + (Density(x0) * series);
    }

    private static double[] MakeTable()
    {
        var table = new double[(int)(2 * TableReach / Step) + 1];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = Exact((i * Step) - TableReach);
        }

        return table;
    }

    /// <summary>
    /// Cumulative distribution at x, to about 1e-15: the series x + x^3/3 + x^5/15 + ... times the density for small |x|, and
    /// the continued fraction of the tail otherwise (Marsaglia 2004).
    /// </summary>
    internal static double Exact(double x)
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
