namespace StabilityAnalyzers.GradientFlow;

/// <summary>Statistics behind dropout in training mode.</summary>
internal static class DropoutMoments
{
    /// <summary>The value that alpha dropout sets: the limit of SELU for large negative arguments (Klambauer 2017).</summary>
    internal const double SeluLimit = -1.7580993408473766;

    /// <summary>What is kept is multiplied by Scale, then everything is moved by Shift.</summary>
    internal static (double Scale, double Shift) Affine(DropoutOperation dropout)
    {
        var p = dropout.Probability;
        if (!dropout.IsAlpha)
        {
            return (1 / (1 - p), 0);
        }

        var scale = 1 / Math.Sqrt((1 - p) * (1 + (p * SeluLimit * SeluLimit)));
        return (scale, -scale * p * SeluLimit);
    }

    /// <summary>The value of an element that is dropped.</summary>
    internal static double Dropped(DropoutOperation dropout)
    {
        var (scale, shift) = Affine(dropout);
        return dropout.IsAlpha ? (scale * SeluLimit) + shift : 0;
    }

    /// <summary>The statistics of the output: kept with probability 1 - p, else one value, independently for two samples.</summary>
    internal static SignalMoments Of(DropoutOperation dropout, SignalMoments x)
    {
        var (scale, shift) = Affine(dropout);
        var keep = 1 - dropout.Probability;
        var dropped = Dropped(dropout);
        var kept = (scale * x.Mean) + shift;
        return new SignalMoments(
            (keep * ((scale * scale * x.SecondMoment) + (2 * scale * shift * x.Mean) + (shift * shift))) + (dropout.Probability * dropped * dropped),
            (keep * kept) + (dropout.Probability * dropped),
            (keep * keep * ((scale * scale * x.SampleProduct) + (2 * scale * shift * x.Mean) + (shift * shift)))
                + (2 * keep * dropout.Probability * dropped * kept)
                + (dropout.Probability * dropout.Probability * dropped * dropped));
    }

    /// <summary>The factor on the error signal's second moment on the way back.</summary>
    internal static double SlopeSecondMoment(DropoutOperation dropout)
    {
        var (scale, _) = Affine(dropout);
        return (1 - dropout.Probability) * scale * scale;
    }

    /// <summary>E[x y'(x) y(x)]: how far a change along x itself changes the output y along itself.</summary>
    internal static double Alignment(DropoutOperation dropout, SignalMoments x)
    {
        var (scale, shift) = Affine(dropout);
        return (1 - dropout.Probability) * scale * ((scale * x.SecondMoment) + (shift * x.Mean));
    }
}
