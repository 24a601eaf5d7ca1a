namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// The moments of an activation of normal numbers with mean 0, as functions of their variance: computed at a few variances
/// and interpolated between them (cubic in the logarithm; below 1e-2, and for smooth activations 1e-4). For passes that are made many times.
/// </summary>
/// <param name="activation">The activation.</param>
internal sealed class ActivationMomentTable(Activation activation)
{
    /// <summary>Distance of two entries in the logarithm of the variance.</summary>
    private const double Step = 0.25;

    private readonly Dictionary<int, ActivationMoments> entries = [];

    /// <summary>The expectations for one sample; the product of two is left out.</summary>
    /// <param name="variance">Variance of the pre-activation, greater than 0.</param>
    internal ActivationMoments Of(double variance)
    {
        var at = Math.Log(variance) / Step;
        var index = (int)Math.Floor(at);
        var t = at - index;
        var (a, b, c, d) = (Entry(index - 1), Entry(index), Entry(index + 1), Entry(index + 2));

        // Lagrange's polynomial through four points.
        var (wa, wb, wc, wd) = (-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2, (t + 1) * t * (t - 1) / 6);
        return new ActivationMoments(
            (wa * a.Mean) + (wb * b.Mean) + (wc * c.Mean) + (wd * d.Mean),
            Positive(a.SecondMoment, b.SecondMoment, c.SecondMoment, d.SecondMoment),
            Positive(a.SlopeSecondMoment, b.SlopeSecondMoment, c.SlopeSecondMoment, d.SlopeSecondMoment),
            0,
            (wa * a.Alignment) + (wb * b.Alignment) + (wc * c.Alignment) + (wd * d.Alignment),
            Positive(a.FourthMoment, b.FourthMoment, c.FourthMoment, d.FourthMoment));

        // What is positive over decades is interpolated in its logarithm, and linearly where it is zero somewhere.
        double Positive(double va, double vb, double vc, double vd) => va > 0 && vb > 0 && vc > 0 && vd > 0
            ? Math.Exp((wa * Math.Log(va)) + (wb * Math.Log(vb)) + (wc * Math.Log(vc)) + (wd * Math.Log(vd)))
            : Math.Max(0, ((1 - t) * vb) + (t * vc));
    }

    private ActivationMoments Entry(int index)
    {
        if (!entries.TryGetValue(index, out var entry))
        {
            entries[index] = entry = ActivationMoments.OfOneSample(activation, 0, Math.Exp(index * Step));
        }

        return entry;
    }
}
