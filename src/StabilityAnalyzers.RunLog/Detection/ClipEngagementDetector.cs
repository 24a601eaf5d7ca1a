namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="ClipEngagementDetector"/>.</summary>
public sealed record ClipEngagementOptions : DetectorOptions
{
    /// <summary>
    /// The norm to which the training clips; null if it does not clip or that is not known, and then nothing is said. The
    /// gradients are recorded before they are clipped, so that nothing else is needed.
    /// </summary>
    public double? MaxNorm { get; init; }

    /// <summary>Samples that are looked at.</summary>
    public int Window { get; init; } = 100;

    /// <summary>Share of clipped samples that is a sign.</summary>
    public double Info { get; init; } = 0.5;

    /// <summary>Share of clipped samples that is a fault, together with the factor.</summary>
    public double Warning { get; init; } = 0.9;

    /// <summary>Mean factor of the clipped samples below which it is one.</summary>
    public double Factor { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new ClipEngagementDetector(this);

    internal override void Validate()
    {
        Require(MaxNorm is null or > 0);
        Require(Window >= 10);
        Require(Info is > 0 and < 1);
        Require(Warning >= Info && Warning < 1);
        Require(Factor is > 0 and <= 1);
    }
}

/// <summary>
/// STAB9019: clipping is the rule and not the exception, so that it sets the length of the step in place of the learning
/// rate. Info above half of the samples; Warning above nine tenths if what is left of the gradient is also less than a
/// tenth on average.
/// </summary>
public sealed class ClipEngagementDetector(ClipEngagementOptions options) : IDetector
{
    private const string Remedy =
        "Raise the greatest norm to about twice the median of the norms, or lower the learning rate and find out what makes the "
        + "gradients so large.";

    private readonly ClipEngagementOptions _options = options.Validated();
    private readonly RunningValues _factors = new(options.Window);
    private readonly PersistentSign _sign = new(options.Window / 2);

    /// <summary>The detector without a norm, which says nothing.</summary>
    public ClipEngagementDetector()
        : this(new ClipEngagementOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (_options.MaxNorm is not { } maximum || GradientNorm.Of(step) is not { } norm)
        {
            return [];
        }

        _factors.Add(norm > maximum ? maximum / norm : 1);
        if (!_factors.IsFull)
        {
            return [];
        }

        var clipped = _factors.All.Where(factor => factor < 1).ToArray();
        var share = (double)clipped.Length / _factors.Count;
        if (!_sign.Shows(share > _options.Info))
        {
            return [];
        }

        var mean = clipped.Average();
        var severity = share > _options.Warning && mean < _options.Factor ? FindingSeverity.Warning : FindingSeverity.Info;
        return _sign.Rises(severity)
            ? [new Finding(
                RuleIds.ClipEngagement,
                severity,
                null,
                step.Step,
                share,
                severity == FindingSeverity.Warning ? _options.Warning : _options.Info,
                $"The gradient was above the norm {DepthFactorEstimate.Number(maximum)} in {clipped.Length} of the last {_factors.Count} samples, "
                + $"and clipping left {DepthFactorEstimate.Number(mean)} of it on average.",
                Remedy)]
            : [];
    }
}
