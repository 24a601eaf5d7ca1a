namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="DivergenceDetector"/>.</summary>
public sealed record DivergenceOptions : DetectorOptions
{
    /// <summary>Samples of which the loss is averaged; all of them must be above what they are compared with.</summary>
    public int Window { get; init; } = 20;

    /// <summary>Times the least window that the loss must be (TheDeepChecker).</summary>
    public double Factor { get; init; } = 2;

    /// <summary>
    /// Least loss as a share of the first window: near zero, twice the least is noise.
    /// </summary>
    public double MinimumShare { get; init; } = 0.2;

    /// <summary>Samples over which a steady rise is judged (torchmortem).</summary>
    public int RisingWindow { get; init; } = 20;

    /// <summary>Share of these samples that must be above the one before (torchmortem).</summary>
    public double RisingShare { get; init; } = 0.8;

    /// <summary>Times the loss must have grown over these samples (torchmortem).</summary>
    public double RisingFactor { get; init; } = 1.5;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new DivergenceDetector(this);

    internal override void Validate()
    {
        Require(Window >= 3);
        Require(Factor > 1);
        Require(MinimumShare >= 0);
        Require(RisingWindow >= 3);
        Require(RisingShare is > 0 and <= 1);
        Require(RisingFactor > 1);
    }
}

/// <summary>
/// STAB9011: the loss grows. Info if it is twice its least window, or rises steadily; Warning if it is also above what it
/// was at the beginning, so that the training has undone all that it had learnt. A loss that is negative or zero is not
/// judged by ratios.
/// </summary>
public sealed class DivergenceDetector(DivergenceOptions options) : IDetector
{
    private const string Remedy = "Lower the learning rate, clip the gradient norm, and go back to the weights before the loss began to grow.";

    private readonly DivergenceOptions _options = options.Validated();
    private readonly RunningValues _window = new(options.Window);
    private readonly RunningValues _rising = new(options.RisingWindow + 1);
    private readonly Episode _episode = new();
    private double? _first;
    private double? _least;
    private int _sinceWindow;

    /// <summary>The detector with its default thresholds.</summary>
    public DivergenceDetector()
        : this(new DivergenceOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (step.Loss is not { } loss || !double.IsFinite(loss))
        {
            return [];
        }

        _window.Add(loss);
        _rising.Add(loss);
        if (!_window.IsFull)
        {
            return [];
        }

        var mean = _window.Mean;
        _first ??= mean;

        // Windows that do not overlap: a least value over every window would be a lucky one.
        if (_sinceWindow++ % _options.Window == 0)
        {
            _least = Math.Min(_least ?? mean, mean);
        }

        if (_least is not > 0 || !(mean >= _options.MinimumShare * _first))
        {
            _episode.End();
            return [];
        }

        var lowest = _window.All.Min();
        var isFar = mean >= _options.Factor * _least && lowest > _least;
        var rises = RisesSteadily();
        if (!isFar && !rises)
        {
            if (mean < 0.75 * _options.Factor * _least)
            {
                _episode.End();
            }

            return [];
        }

        var isWorse = isFar && lowest > _first;
        var severity = isWorse ? FindingSeverity.Warning : FindingSeverity.Info;
        if (!_episode.Rises(severity))
        {
            return [];
        }

        var message = isFar
            ? $"The loss diverges: {DepthFactorEstimate.Number(mean)} over {_options.Window} samples after {DepthFactorEstimate.Number(_least.Value)} "
                + $"at its least and {DepthFactorEstimate.Number(_first.Value)} at the beginning."
            : $"The loss rises steadily: from {DepthFactorEstimate.Number(_rising.All.First())} to {DepthFactorEstimate.Number(loss)} "
                + $"within {_options.RisingWindow} samples.";
        var (value, threshold) = isFar ? (mean / _least.Value, _options.Factor) : (loss / _rising.All.First(), _options.RisingFactor);
        return [new Finding(RuleIds.Divergence, severity, null, step.Step, value, threshold, message, Remedy)];
    }

    private bool RisesSteadily()
    {
        if (!_rising.IsFull)
        {
            return false;
        }

        var values = _rising.All.ToArray();
        var rises = values.Zip(values.Skip(1)).Count(pair => pair.Second > pair.First);
        return values[0] > 0 && rises >= _options.RisingShare * _options.RisingWindow && values[^1] >= _options.RisingFactor * values[0];
    }
}
