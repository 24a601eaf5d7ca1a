namespace Calibration;

/// <summary>The share of networks that train, as a logistic function of a decadic logarithm.</summary>
/// <param name="Middle">Where half of them train.</param>
/// <param name="Slope">How steep it is there; positive if more train for greater values.</param>
internal sealed record Curve(double Middle, double Slope)
{
    /// <summary>The share at which training counts as failed.</summary>
    public const double Failed = 0.1;

    /// <summary>Where one network in ten still trains.</summary>
    public double Limit => Middle + (Math.Log(Failed / (1 - Failed)) / Slope);

    public double At(double x) => 1 / (1 + Math.Exp(-Slope * (x - Middle)));

    /// <summary>The curve of the greatest likelihood on a grid; steeper than 8 per decade it is a step, and the data cannot say more.</summary>
    /// <param name="points">Values with the networks that trained, of all that were tried.</param>
    /// <param name="sign">Sign of the slope.</param>
    public static Curve Fit(IReadOnlyList<(double X, int Trained, int All)> points, int sign)
    {
        var low = points.Min(point => point.X) - 1;
        var high = points.Max(point => point.X) + 1;
        return (
            from slope in Enumerable.Range(2, 31).Select(i => sign * i / 4.0)
            from middle in Enumerable.Range(0, (int)((high - low) / 0.05) + 1).Select(i => low + (0.05 * i))
            let curve = new Curve(middle, slope)
            orderby points.Sum(point => Likelihood(curve.At(point.X), point.Trained, point.All)) descending
            select curve).First();
    }

    private static double Likelihood(double share, int trained, int all)
    {
        share = Math.Clamp(share, 1e-6, 1 - 1e-6);
        return (trained * Math.Log(share)) + ((all - trained) * Math.Log(1 - share));
    }
}
