namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Nodes and weights for expectations over a normal variable of functions that may have kinks: Gauss-Legendre on short
/// panels, with a panel border at every kink and at the scales at which activations bend.
/// </summary>
internal static class GaussianQuadrature
{
    /// <summary>Beyond this many standard deviations the density is below 1e-22.</summary>
    private const double Reach = 10;

    private static readonly double[] BendScales = [0, 0.5, 1, 2, 4, 8, 16, 32];

    // Abscissas and weights of the 8-point Gauss-Legendre rule on [-1, 1] (Abramowitz and Stegun 1964, table 25.4).
    private static readonly double[] HalfNodes = [0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363];
    private static readonly double[] HalfWeights = [0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

    /// <summary>Points z and probabilities w such that E[f(mean + std Z)] = sum of w f(mean + std z).</summary>
    /// <param name="mean">Mean of the variable.</param>
    /// <param name="std">Its standard deviation, greater than 0.</param>
    /// <param name="kinks">Arguments of f at which it is not smooth.</param>
    internal static (double Z, double Weight)[] Points(double mean, double std, IReadOnlyList<double> kinks)
    {
        var borders = new SortedSet<double>();
        for (var z = -Reach; z <= Reach; z++)
        {
            borders.Add(z);
        }

        foreach (var scale in BendScales)
        {
            AddInside(borders, (scale - mean) / std);
            AddInside(borders, (-scale - mean) / std);
        }

        foreach (var kink in kinks)
        {
            AddInside(borders, (kink - mean) / std);
        }

        var points = new List<(double, double)>(borders.Count * 8);
        var low = double.NaN;
        foreach (var high in borders)
        {
            if (!double.IsNaN(low))
            {
                AddPanel(points, low, high);
            }

            low = high;
        }

        return points.ToArray();
    }

    private static void AddInside(SortedSet<double> borders, double z)
    {
        if (z > -Reach && z < Reach)
        {
            borders.Add(z);
        }
    }

    private static void AddPanel(List<(double Z, double Weight)> points, double low, double high)
    {
        double middle = (low + high) / 2, half = (high - low) / 2;
        for (var i = 0; i < HalfNodes.Length; i++)
        {
            for (var sign = -1; sign <= 1; sign += 2)
            {
                var z = middle + (sign * half * HalfNodes[i]);
                points.Add((z, half * HalfWeights[i] * Normal.Density(z)));
            }
        }
    }
}
