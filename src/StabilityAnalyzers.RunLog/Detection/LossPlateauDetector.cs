namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="LossPlateauDetector"/>.</summary>
public sealed record LossPlateauOptions : DetectorOptions
{
    /// <summary>
    /// Samples over which the trend is judged. The published test (less than 5 % per window of 5, three times running, after 10
    /// steps) takes any slow or noisy beginning for a fault; see the page for what was measured.
    /// </summary>
    public int Window { get; init; } = 100;

    /// <summary>Least fall from the first third of the window to its last, as a share of the former (TheDeepChecker).</summary>
    public double MinimumFall { get; init; } = 0.05;

    /// <summary>A smaller fall also counts as one if it is so many standard errors.</summary>
    public double Errors { get; init; } = 3;

    /// <summary>Least fall since the first 20 samples, as a share: what got so far below its beginning did learn.</summary>
    public double MinimumOverallFall { get; init; } = 0.1;

    /// <summary>Relative range over <see cref="ConstantWindow"/> below which the loss is constant (SageMaker Debugger).</summary>
    public double ConstantRange { get; init; } = 1e-5;

    /// <summary>Samples over which the loss must be constant.</summary>
    public int ConstantWindow { get; init; } = 20;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new LossPlateauDetector(this);

    internal override void Validate()
    {
        Require(Window >= 30);
        Require(MinimumFall >= 0);
        Require(Errors >= 0);
        Require(MinimumOverallFall >= 0);
        Require(ConstantRange >= 0);
        Require(ConstantWindow >= 3);
    }
}

/// <summary>
/// STAB9010: the loss does not fall. Warning if it is constant from the beginning on, to five digits; Info if it varies and
/// has no trend downwards. A loss that fell before and has arrived is no fault.
/// </summary>
public sealed class LossPlateauDetector(LossPlateauOptions options) : IDetector
{
    private const int Beginning = 20;

    private const string Remedy =
        "Look whether the optimizer has the parameters of this model and its learning rate is not far too low or too high, whether "
        + "the gradient reaches the first layers, and whether inputs and targets belong together.";

    private readonly LossPlateauOptions _options = options.Validated();
    private readonly RunningValues _recent = new(options.Window);
    private readonly RunningValues _latest = new(options.ConstantWindow);
    private readonly RunningValues _first = new(Beginning);
    private readonly Episode _episode = new();

    /// <summary>The detector with its default thresholds.</summary>
    public LossPlateauDetector()
        : this(new LossPlateauOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (step.Loss is not { } loss)
        {
            return [];
        }

        if (!double.IsFinite(loss))
        {
            _recent.Clear();
            _latest.Clear();
            return [];
        }

        _recent.Add(loss);
        _latest.Add(loss);
        if (!_first.IsFull)
        {
            _first.Add(loss);
        }

        var overall = _first.Mean - _latest.Mean;
        if (_latest.Mean == 0 || overall >= _options.MinimumOverallFall * Math.Abs(_first.Mean))
        {
            _episode.End();
            return [];
        }

        var range = (_latest.Maximum - _latest.All.Min()) / Math.Abs(_latest.Mean);
        if (_latest.IsFull && range < _options.ConstantRange)
        {
            return _episode.Rises(FindingSeverity.Warning)
                ? [Finding(step, FindingSeverity.Warning, range, _options.ConstantRange,
                    $"The loss is constant: {DepthFactorEstimate.Number(_latest.Mean)} over {_latest.Count} samples, to within "
                    + $"{DepthFactorEstimate.Number(range)} of itself.")]
                : [];
        }

        if (!_recent.IsFull)
        {
            return [];
        }

        var third = _recent.Count / 3;
        var (before, beforeDeviation) = RunningValues.Moments([.. _recent.All.Take(third)]);
        var (after, afterDeviation) = RunningValues.Moments([.. _recent.All.Skip(_recent.Count - third)]);
        var error = Math.Sqrt(((beforeDeviation * beforeDeviation) + (afterDeviation * afterDeviation)) / third);
        var fall = before - after;
        if (fall >= _options.MinimumFall * Math.Abs(before) || (fall > 0 && fall >= _options.Errors * error))
        {
            return [];
        }

        var share = before == 0 ? 0 : fall / Math.Abs(before);
        return _episode.Rises(FindingSeverity.Info)
            ? [Finding(step, FindingSeverity.Info, share, _options.MinimumFall,
                $"The loss does not fall: {DepthFactorEstimate.Number(before)} and then {DepthFactorEstimate.Number(after)} within "
                + $"{_recent.Count} samples, and {DepthFactorEstimate.Number(_first.Mean)} at the beginning.")]
            : [];
    }

    private static Finding Finding(StepRecord step, FindingSeverity severity, double value, double threshold, string message) =>
        new(RuleIds.LossPlateau, severity, null, step.Step, value, threshold, message, Remedy);
}
