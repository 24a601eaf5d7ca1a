using System.Globalization;

namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="ClassicDetector"/>.</summary>
public sealed record ClassicOptions : DetectorOptions
{
    /// <summary>Records over which the mean is taken.</summary>
    public int Window { get; init; } = 10;

    /// <summary>Mean of mean |g| below which the gradient counts as vanishing.</summary>
    public double Vanishing { get; init; } = 1e-6;

    /// <summary>Mean of max |g| above which the gradient counts as exploding.</summary>
    public double Exploding { get; init; } = 10;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new ClassicDetector(this);

    internal override void Validate()
    {
        Require(Window >= 1);
        Require(Vanishing >= 0);
        Require(Exploding > Vanishing);
    }
}

/// <summary>
/// The classic test with absolute thresholds, for each parameter: vanishing if the mean of mean |g| over the last 10
/// records is below 1e-6, exploding if the mean of max |g| is above 10. The thresholds depend on the scale of the loss,
/// and the gradient of a weight hides vanishing, so this is not what <see cref="DetectorSet.Default"/> uses.
/// </summary>
public sealed class ClassicDetector(ClassicOptions options) : IDetector
{
    private readonly ClassicOptions _options = options.Validated();
    private readonly Dictionary<string, Track> _tracks = new(StringComparer.Ordinal);

    /// <summary>The detector with its default thresholds.</summary>
    public ClassicDetector()
        : this(new ClassicOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        var findings = new List<Finding>();
        foreach (var parameter in step.Parameters)
        {
            if (parameter.Gradient is { FiniteCount: > 0 } gradient)
            {
                Observe(parameter.Path, gradient, step.Step, findings);
            }
        }

        return findings;
    }

    private void Observe(string path, TensorStatistics gradient, long step, List<Finding> findings)
    {
        if (!_tracks.TryGetValue(path, out var track))
        {
            _tracks.Add(path, track = new Track());
        }

        track.Last.Enqueue((gradient.MeanAbs, gradient.MaxAbs));
        if (track.Last.Count > _options.Window)
        {
            track.Last.Dequeue();
        }

        if (track.Last.Count < _options.Window)
        {
            return;
        }

        var meanAbs = track.Last.Average(value => value.MeanAbs);
        var maxAbs = track.Last.Average(value => value.MaxAbs);
        Judge(track.Vanishing, meanAbs < _options.Vanishing, () => new Finding(
            RuleIds.VanishingGradient,
            FindingSeverity.Warning,
            path,
            step,
            meanAbs,
            _options.Vanishing,
            Message("vanishes", path, "mean", meanAbs, "below", _options.Vanishing),
            "Use ReLU with He initialisation or residual connections."));
        Judge(track.Exploding, maxAbs > _options.Exploding, () => new Finding(
            RuleIds.ExplodingGradient,
            FindingSeverity.Warning,
            path,
            step,
            maxAbs,
            _options.Exploding,
            Message("explodes", path, "maximum", maxAbs, "above", _options.Exploding),
            "Clip the gradient norm or lower the learning rate."));

        void Judge(Episode episode, bool sign, Func<Finding> finding)
        {
            if (!sign)
            {
                episode.End();
            }
            else if (episode.Rises(FindingSeverity.Warning))
            {
                findings.Add(finding());
            }
        }
    }

    private string Message(string verb, string path, string statistic, double value, string side, double threshold) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The gradient of '{path}' {verb} by the classic test: the {statistic} of its absolute values was {value:G3} "
            + $"over the last {_options.Window} records, {side} {threshold:G3}.");

    private sealed class Track
    {
        public Queue<(double MeanAbs, double MaxAbs)> Last { get; } = new();

        public Episode Vanishing { get; } = new();

        public Episode Exploding { get; } = new();
    }
}
