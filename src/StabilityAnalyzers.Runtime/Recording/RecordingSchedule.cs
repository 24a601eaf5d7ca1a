namespace StabilityAnalyzers.Runtime;

/// <summary>Which steps are recorded. A value; the default is every step.</summary>
public readonly record struct RecordingSchedule
{
    private readonly long _leading;
    private readonly long _skipped;
    private readonly double _perDecade;
    private readonly long _afterAlert;

    private RecordingSchedule(long leading, long interval, double perDecade = 0, long afterAlert = 0)
    {
        _leading = leading;
        _skipped = interval - 1;
        _perDecade = perDecade;
        _afterAlert = afterAlert;
    }

    /// <summary>Every step.</summary>
    public static RecordingSchedule EveryStep => default;

    /// <summary>Step 0 and every n-th after it.</summary>
    /// <param name="interval">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static RecordingSchedule Every(long interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        return new RecordingSchedule(0, interval);
    }

    /// <summary>The first steps and no others, unless <see cref="ThenEvery"/> adds some.</summary>
    /// <param name="steps">How many, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public static RecordingSchedule First(long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return new RecordingSchedule(steps, long.MaxValue);
    }

    /// <summary>After the leading steps, the next one and every n-th after it.</summary>
    /// <param name="interval">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public RecordingSchedule ThenEvery(long interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        return new RecordingSchedule(_leading, interval, 0, _afterAlert);
    }

    /// <summary>Step 0, and then steps that are evenly spaced on a logarithmic scale: densely where training begins, thinly later.</summary>
    /// <param name="perDecade">How many between step n and step 10 n, greater than 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a number greater than 0.</exception>
    public static RecordingSchedule Logarithmic(double perDecade)
    {
        if (!(perDecade > 0 && double.IsFinite(perDecade)))
        {
            throw new ArgumentOutOfRangeException(nameof(perDecade), perDecade, "A number greater than 0 is needed.");
        }

        return new RecordingSchedule(0, long.MaxValue, perDecade);
    }

    /// <summary>What this schedule records, and every step for a while after a detector has found something.</summary>
    /// <param name="steps">How many steps after the finding, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public RecordingSchedule AndAfterAlert(long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return new RecordingSchedule(_leading, _skipped + 1, _perDecade, steps);
    }

    /// <summary>Whether a step is recorded.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="lastAlert">The step at which a detector found something last; null if none did.</param>
    public bool IsDue(long step, long? lastAlert = null) =>
        step < _leading
        || (_perDecade > 0 ? Place(step) != Place(step - 1) : _skipped != long.MaxValue - 1 && (step - _leading) % (_skipped + 1) == 0)
        || (lastAlert is { } alert && step > alert && step - alert <= _afterAlert);

    private double Place(long step) => step < 0 ? -1 : Math.Floor(_perDecade * Math.Log10(step + 1));
}
