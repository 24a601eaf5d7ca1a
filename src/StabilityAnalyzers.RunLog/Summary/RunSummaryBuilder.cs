namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Makes a <see cref="RunSummary"/> of a run while it goes on. What it keeps does not grow with the number of steps: the
/// median is exact for the first 2,048 samples of a layer, and then over an even part of them.
/// </summary>
/// <param name="run">What the run is about.</param>
public sealed class RunSummaryBuilder(RunInfo run)
{
    private const int KeptSamples = 2048;

    private readonly List<Track> _layers = [.. run.Layers
        .DistinctBy(layer => layer.Path)
        .Select(layer => new Track(layer.Path, layer.Kind) { Ratio = layer.GradientRatio, DepthFactor = layer.DepthFactor })];

    private readonly Dictionary<string, Track> _byPath = new(StringComparer.Ordinal);
    private readonly List<Finding> _findings = [];
    private long _steps;
    private long? _lastStep;
    private TimeSpan? _duration;
    private double? _initialLoss;
    private double? _latestLoss;

    /// <summary>Takes in the next step.</summary>
    public void Add(StepRecord step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _steps++;
        _lastStep = step.Step;
        _duration = step.Time;
        _initialLoss ??= step.Loss;
        _latestLoss = step.Loss ?? _latestLoss;
        foreach (var layer in GradientProfile.Of(run, step).Layers)
        {
            Of(layer).Add(layer, step.Step);
        }
    }

    /// <summary>Takes in a finding.</summary>
    public void Add(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        _findings.Add(finding);
    }

    /// <summary>The summary of what was taken in until now.</summary>
    /// <param name="lostRecords">Records that the run file lacks.</param>
    public RunSummary Build(long lostRecords = 0) => new(
        run,
        _layers.ConvertAll(layer => layer.Summary),
        [.. _findings],
        _steps,
        _lastStep,
        _duration,
        _initialLoss,
        _latestLoss,
        lostRecords);

    private Track Of(LayerGradient layer)
    {
        if (!_byPath.TryGetValue(layer.Path, out var track))
        {
            track = _layers.Find(known => known.Path == layer.Path);
            if (track is null)
            {
                _layers.Add(track = new Track(layer.Path, layer.Kind));
            }

            _byPath.Add(layer.Path, track);
        }

        return track;
    }

    private sealed class Track(string path, string? kind)
    {
        private readonly ThinnedSamples _ratios = new(KeptSamples);
        private double? _initial;
        private long? _initialStep;
        private double? _latest;

        /// <summary>The prediction, related to the layer that is measured last as soon as there is a measurement.</summary>
        public double? Ratio { get; set; }

        public double? DepthFactor { get; set; }

        public string Path => path;

        public LayerSummary Summary =>
            new(path, kind, Ratio, DepthFactor, _initial, _initialStep, _ratios.Median, _latest, _ratios.Count);

        public void Add(LayerGradient layer, long step)
        {
            if (layer.MeasuredRatio is not { } ratio)
            {
                return;
            }

            if (_initial is null)
            {
                (_initial, _initialStep) = (ratio, step);
                (Ratio, DepthFactor) = (layer.PredictedRatio, layer.PredictedDepthFactor);
            }

            _latest = ratio;
            _ratios.Add(ratio);
        }
    }
}
