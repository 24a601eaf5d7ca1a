namespace StabilityAnalyzers.RunLog;

/// <summary>A detector that threw, and is not asked any more.</summary>
/// <param name="Detector">The detector.</param>
/// <param name="Step">Step at which it threw.</param>
/// <param name="Exception">What it threw.</param>
public sealed record DetectorFailure(IDetector Detector, long Step, Exception Exception);

/// <summary>
/// Detectors that look at the same run. One that throws is disabled and reported once; the others go on. A set belongs to
/// one run and one thread at a time.
/// </summary>
public sealed class DetectorSet
{
    private readonly List<IDetector> _active;
    private readonly List<DetectorFailure> _failures = [];
    private readonly Action<DetectorFailure>? _onFailure;
    private readonly DetectorPreset? _preset;
    private long? _lastStep;

    /// <summary>A set of detectors.</summary>
    /// <param name="detectors">The detectors; they hold the history of one run and must not be in two sets.</param>
    /// <param name="onFailure">Called once for each detector that throws; what it throws itself is ignored.</param>
    public DetectorSet(IEnumerable<IDetector> detectors, Action<DetectorFailure>? onFailure = null)
    {
        ArgumentNullException.ThrowIfNull(detectors);
        _active = [.. detectors];
        _onFailure = onFailure;
    }

    /// <summary>
    /// A set of new detectors. When the numbers of the steps begin again, the run was started again, and so are the
    /// detectors: what they knew belongs to the training before.
    /// </summary>
    /// <param name="preset">The detectors and their thresholds.</param>
    /// <param name="onFailure">Called once for each detector that throws; what it throws itself is ignored.</param>
    public DetectorSet(DetectorPreset preset, Action<DetectorFailure>? onFailure = null)
        : this((preset ?? throw new ArgumentNullException(nameof(preset))).CreateDetectors(), onFailure) => _preset = preset;

    /// <summary>The detectors that are still asked.</summary>
    public IReadOnlyList<IDetector> Detectors => _active;

    /// <summary>The detectors that threw.</summary>
    public IReadOnlyList<DetectorFailure> Failures => _failures;

    /// <summary>A new set with every detector and its default thresholds: ratios, persistence, and effects.</summary>
    /// <param name="onFailure">Called once for each detector that throws.</param>
    public static DetectorSet Default(Action<DetectorFailure>? onFailure = null) =>
        new(DetectorPreset.Default, onFailure);

    /// <summary>
    /// A new set of the classic absolute thresholds, see <see cref="ClassicDetector"/>, and the test for non-finite numbers.
    /// </summary>
    /// <param name="onFailure">Called once for each detector that throws.</param>
    public static DetectorSet Classic(Action<DetectorFailure>? onFailure = null) =>
        new(DetectorPreset.Classic, onFailure);

    /// <summary>Shows the next step to every detector. Never throws.</summary>
    /// <param name="run">What does not change during the run.</param>
    /// <param name="step">The step, later than all before.</param>
    /// <returns>What the detectors found; most often nothing.</returns>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        StartAgainIfTheRunDid(step);
        List<Finding>? findings = null;
        for (var i = 0; i < _active.Count; i++)
        {
            try
            {
                var found = _active[i].Observe(run, step);
                if (found.Count > 0)
                {
                    (findings ??= []).AddRange(found);
                }
            }
            catch (Exception exception)
            {
                Disable(i--, step, exception);
            }
        }

        return findings is null ? [] : findings;
    }

    private void StartAgainIfTheRunDid(StepRecord? step)
    {
        if (_preset is not null && step?.Step <= _lastStep)
        {
            // Those that threw stay out.
            var failed = _failures.Select(failure => failure.Detector.GetType()).ToHashSet();
            _active.Clear();
            _active.AddRange(_preset.CreateDetectors().Where(detector => !failed.Contains(detector.GetType())));
        }

        _lastStep = step?.Step ?? _lastStep;
    }

    private void Disable(int index, StepRecord? step, Exception exception)
    {
        var failure = new DetectorFailure(_active[index], step?.Step ?? -1, exception);
        _active.RemoveAt(index);
        _failures.Add(failure);
        try
        {
            _onFailure?.Invoke(failure);
        }
        catch (Exception)
        {
            // The training must not suffer from a callback about a detector.
        }
    }
}
