namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="SpikeDetector"/>.</summary>
public sealed record SpikeOptions : DetectorOptions
{
    /// <summary>Samples before the spike with which it is compared (OLMo-core).</summary>
    public int Window { get; init; } = 128;

    /// <summary>So many of them at least (OLMo-core).</summary>
    public int MinimumHistory { get; init; } = 64;

    /// <summary>
    /// Standard deviations above the mean (OLMo-core), of the values and of their logarithms: gradient norms of small batches
    /// are skewed, and healthy ones are six deviations above the mean now and then.
    /// </summary>
    public double Deviations { get; init; } = 6;

    /// <summary>A spike is also what is so many times the greatest value of the window (Megatron).</summary>
    public double MaximumFactor { get; init; } = 10;

    /// <summary>
    /// Least size as a share of what the value was at the beginning: when a training has converged, its loss is near zero and
    /// one odd batch is many times that.
    /// </summary>
    public double MinimumShare { get; init; } = 0.1;

    /// <summary>Samples within which the norm and the loss must both spike to be a fault.</summary>
    public int Together { get; init; } = 5;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new SpikeDetector(this);

    internal override void Validate()
    {
        Require(MinimumHistory >= 8);
        Require(Window >= MinimumHistory);
        Require(Deviations > 0);
        Require(MaximumFactor > 1);
        Require(MinimumShare >= 0);
        Require(Together >= 1);
    }
}

/// <summary>
/// STAB9006: the norm of the gradient or the loss jumps far above its recent values. Info for one of them; Warning if both
/// do within a few samples, so that the step did harm.
/// </summary>
public sealed class SpikeDetector(SpikeOptions options) : IDetector
{
    private const string Remedy =
        "Clip the gradient norm; look at the batch of this step; lower the learning rate, or warm it up if it happens early.";

    private readonly SpikeOptions _options = options.Validated();
    private readonly Track _norm = new(options, "norm of the gradient");
    private readonly Track _loss = new(options, "loss");
    private readonly PersistentSign _sign = new(1);
    private int _sinceNorm = int.MaxValue;
    private int _sinceLoss = int.MaxValue;
    private int _quiet;

    /// <summary>The detector with its default thresholds.</summary>
    public SpikeDetector()
        : this(new SpikeOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        var normSpikes = GradientNorm.Of(step) is { } norm && _norm.Spikes(norm);
        var lossSpikes = step.Loss is { } loss && double.IsFinite(loss) && _loss.Spikes(loss);
        _sinceNorm = normSpikes ? 0 : Next(_sinceNorm);
        _sinceLoss = lossSpikes ? 0 : Next(_sinceLoss);
        if (!normSpikes && !lossSpikes)
        {
            // What follows a spike belongs to it.
            if (++_quiet >= _options.Together)
            {
                _sign.Shows(false);
            }

            return [];
        }

        _quiet = 0;
        var both = _sinceNorm < _options.Together && _sinceLoss < _options.Together;
        var severity = both ? FindingSeverity.Warning : FindingSeverity.Info;
        _sign.Shows(true);
        if (!_sign.Rises(severity))
        {
            return [];
        }

        var track = normSpikes ? _norm : _loss;
        var message = $"The {track.Name} jumps to {DepthFactorEstimate.Number(track.Last)}, above {DepthFactorEstimate.Number(track.Limit)}: "
            + $"{track.Reason}"
            + (both ? "; the norm of the gradient and the loss jumped together." : ".");
        return [new Finding(RuleIds.Spike, severity, null, step.Step, track.Last, track.Limit, message, Remedy)];
    }

    private static int Next(int since) => since == int.MaxValue ? since : since + 1;

    private sealed class Track(SpikeOptions options, string name)
    {
        private readonly RunningValues _history = new(options.Window);
        private double? _level;

        public string Name => name;

        public double Last { get; private set; }

        public double Limit { get; private set; }

        public string Reason { get; private set; } = "";

        public bool Spikes(double value)
        {
            var spikes = _history.Count >= options.MinimumHistory && IsAbove(value);
            _history.Add(value);
            Last = value;
            if (_history.Count == options.MinimumHistory)
            {
                _level ??= _history.All.Average(Math.Abs);
            }

            return spikes;
        }

        private bool IsAbove(double value)
        {
            var (mean, deviation) = RunningValues.Moments(_history.All);
            if (!double.IsFinite(deviation) || !(Math.Abs(value) >= options.MinimumShare * _level))
            {
                return false;
            }

            var limit = mean + (options.Deviations * deviation);
            var maximum = _history.Maximum;
            if (maximum > 0 && value > options.MaximumFactor * maximum)
            {
                (Limit, Reason) = (options.MaximumFactor * maximum,
                    $"{DepthFactorEstimate.Number(options.MaximumFactor)} times the greatest of the last {_history.Count} samples");
                return true;
            }

            if (_history.All.All(earlier => earlier > 0))
            {
                var (logMean, logDeviation) = RunningValues.Moments([.. _history.All.Select(earlier => Math.Log(earlier))]);
                limit = Math.Max(limit, Math.Exp(logMean + (options.Deviations * logDeviation)));
            }

            // Numbers that are all but equal have no deviation to speak of.
            limit += 1e-3 * Math.Abs(mean);
            (Limit, Reason) = (limit,
                $"{DepthFactorEstimate.Number(options.Deviations)} standard deviations over the mean of the last {_history.Count} samples");
            return value > limit;
        }
    }
}
