namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Second-order statistics of a tensor, over random weights, in the limit of wide layers; from them every factor on the
/// way back follows.
/// </summary>
/// <param name="SecondMoment">E[x^2] of an element (q).</param>
/// <param name="Mean">E[x] of an element; what residual sums and LayerNorm need.</param>
/// <param name="SampleProduct">E[x_a x_b] of the same element in two samples; what BatchNorm needs.</param>
public readonly record struct SignalMoments(double SecondMoment, double Mean, double SampleProduct)
{
    /// <summary>Variance over the elements of one sample.</summary>
    public double Variance => SecondMoment - (Mean * Mean);

    /// <summary>Variance of one element over samples.</summary>
    public double VarianceOverSamples => SecondMoment - SampleProduct;

    /// <summary>Correlation of two samples over the elements, limited to [-1, 1]; 0 without variance.</summary>
    public double SampleCorrelation =>
        Variance > 0 ? Math.Min(1, Math.Max(-1, (SampleProduct - (Mean * Mean)) / Variance)) : 0;

    /// <summary>The statistics after multiplication by a constant.</summary>
    public SignalMoments Times(double factor) =>
        new(SecondMoment * factor * factor, Mean * factor, SampleProduct * factor * factor);

    /// <summary>The statistics after addition of a constant.</summary>
    public SignalMoments Moved(double constant)
    {
        var change = (2 * constant * Mean) + (constant * constant);
        return new(SecondMoment + change, Mean + constant, SampleProduct + change);
    }

    /// <summary>The statistics of a sum with an independent tensor.</summary>
    public SignalMoments Plus(SignalMoments other)
    {
        var crossed = 2 * Mean * other.Mean;
        return new(SecondMoment + other.SecondMoment + crossed, Mean + other.Mean, SampleProduct + other.SampleProduct + crossed);
    }

    /// <summary>The statistics of an elementwise product with an independent tensor.</summary>
    public SignalMoments TimesIndependent(SignalMoments other) =>
        new(SecondMoment * other.SecondMoment, Mean * other.Mean, SampleProduct * other.SampleProduct);
}
