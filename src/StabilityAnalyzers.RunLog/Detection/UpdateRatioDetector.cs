namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="UpdateRatioDetector"/>.</summary>
public sealed record UpdateRatioOptions : DetectorOptions
{
    /// <summary>Ratio above which the steps of a weight are long (TheDeepChecker, DeepDiagnosis).</summary>
    public double High { get; init; } = 0.1;

    /// <summary>Ratio above which each step replaces the weight.</summary>
    public double CriticalHigh { get; init; } = 1;

    /// <summary>Ratio that the model's median must reach for a weight below <see cref="CriticalLow"/> to be a sign.</summary>
    public double Low { get; init; } = 1e-4;

    /// <summary>Ratio below which a weight hardly changes.</summary>
    public double CriticalLow { get; init; } = 1e-5;

    /// <summary>Samples with an update of which the median is taken.</summary>
    public int Window { get; init; } = 10;

    /// <summary>
    /// Samples for which the ratios of all weights must have been below <see cref="CriticalLow"/> from the beginning on: the
    /// warm-up of a learning rate begins there too.
    /// </summary>
    public int Patience { get; init; } = 50;

    /// <summary>Growth of the weight within the window that explains a high ratio: it began near zero.</summary>
    public double Growth { get; init; } = 2;

    /// <summary>When the loss does not fall, or diverges.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new UpdateRatioDetector(this);

    internal override void Validate()
    {
        Require(CriticalLow >= 0);
        Require(Low >= CriticalLow);
        Require(High > Low);
        Require(CriticalHigh >= High);
        Require(Window >= 3);
        Require(Patience >= Window);
        Require(Growth > 1);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9009: the optimizer's steps are far too long or too short for a weight. Too long: Info above 0.1 of the weight's
/// norm, Warning above 1 if the loss does not fall or diverges. Too short: Info for a weight that hardly changes while most
/// do, Warning if the loss does not fall; Info for the whole model if nothing has ever moved and the loss does not fall. A
/// learning rate that a scheduler lowers later is no sign. Needs updates and weight norms.
/// </summary>
public sealed class UpdateRatioDetector(UpdateRatioOptions options) : IDetector
{
    private const string TooLong = "Lower the learning rate, warm it up, or clip the gradient.";
    private const string TooShort = "Raise the learning rate (of this layer), or see what makes its gradient so small.";

    private readonly UpdateRatioOptions _options = options.Validated();
    private readonly LossTrend _loss = new(options.Loss);
    private readonly Dictionary<string, Track> _tracks = new(StringComparer.Ordinal);
    private readonly Episode _model = new();
    private int _lowFromTheBeginning;
    private bool _hasMoved;

    /// <summary>The detector with its default thresholds.</summary>
    public UpdateRatioDetector()
        : this(new UpdateRatioOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        var judged = new List<(string Path, Track Track, bool IsSparse)>();
        foreach (var parameter in step.Parameters.Where(UpdateRatio.IsJudged))
        {
            if (UpdateRatio.Of(parameter) is { } ratio)
            {
                if (!_tracks.TryGetValue(parameter.Path, out var track))
                {
                    _tracks.Add(parameter.Path, track = new Track(_options.Window));
                }

                track.Ratios.Add(ratio);
                track.Norms.Add(parameter.WeightNorm!.Value);
                judged.Add((parameter.Path, track, parameter.Gradient!.Value.ZeroShare > 0.5));
            }
        }

        var full = judged.Where(item => item.Track.Ratios.IsFull).ToList();
        if (full.Count == 0)
        {
            return [];
        }

        var ofModel = RunningValues.Middle(full.Select(item => item.Track.Ratios.Median));
        var findings = new List<Finding>();
        foreach (var (path, track, isSparse) in full)
        {
            High(path, track, step.Step, findings);
            if (!isSparse)
            {
                Low(path, track, ofModel, step.Step, findings);
            }
        }

        WholeModel(full.Max(item => item.Track.Ratios.Median), step.Step, findings);
        return findings;
    }

    private void High(string path, Track track, long step, List<Finding> findings)
    {
        var ratio = track.Ratios.Median;
        var hasGrown = track.Norms.Maximum >= _options.Growth * track.Norms.All.Min() && !_loss.Diverges;
        if (!track.High.Shows(ratio > _options.High && !hasGrown))
        {
            return;
        }

        var isFault = ratio > _options.CriticalHigh && (_loss.DoesNotFall || _loss.Diverges);
        var severity = isFault ? FindingSeverity.Warning : FindingSeverity.Info;
        if (track.High.Rises(severity))
        {
            var threshold = isFault ? _options.CriticalHigh : _options.High;
            var message = $"The steps are long for '{path}': each changes it by {DepthFactorEstimate.Number(ratio)} of its norm (median of "
                + $"{_options.Window} samples){Effect()}.";
            findings.Add(new Finding(RuleIds.UpdateRatio, severity, path, step, ratio, threshold, message, TooLong));
        }
    }

    private void Low(string path, Track track, double ofModel, long step, List<Finding> findings)
    {
        var ratio = track.Ratios.Median;
        if (!track.Low.Shows(ratio < _options.CriticalLow && ofModel >= _options.Low))
        {
            return;
        }

        var severity = _loss.DoesNotFall ? FindingSeverity.Warning : FindingSeverity.Info;
        if (track.Low.Rises(severity))
        {
            var message = $"'{path}' hardly changes: a step changes it by {DepthFactorEstimate.Number(ratio)} of its norm (median of "
                + $"{_options.Window} samples), the weights of the model by {DepthFactorEstimate.Number(ofModel)}{Effect()}.";
            findings.Add(new Finding(RuleIds.UpdateRatio, severity, path, step, ratio, _options.CriticalLow, message, TooShort));
        }
    }

    private void WholeModel(double greatest, long step, List<Finding> findings)
    {
        _hasMoved |= greatest >= _options.CriticalLow;
        _lowFromTheBeginning++;
        if (!_hasMoved && _lowFromTheBeginning >= _options.Patience && _loss.DoesNotFall && _model.Rises(FindingSeverity.Info))
        {
            var message = $"No weight changes by more than {DepthFactorEstimate.Number(greatest)} of its norm in a step, and the loss does not fall: "
                + "the learning rate is too low.";
            findings.Add(new Finding(
                RuleIds.UpdateRatio, FindingSeverity.Info, null, step, greatest, _options.CriticalLow, message, "Raise the learning rate."));
        }
    }

    private string Effect() => _loss.Diverges ? ", and the loss diverges" : _loss.DoesNotFall ? ", and the loss does not fall" : "";

    private sealed class Track(int window)
    {
        public RunningValues Ratios { get; } = new(window);

        public RunningValues Norms { get; } = new(window);

        public PersistentSign High { get; } = new(window);

        public PersistentSign Low { get; } = new(window);
    }
}
