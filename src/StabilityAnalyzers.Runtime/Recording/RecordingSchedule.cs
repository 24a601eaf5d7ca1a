namespace StabilityAnalyzers.Runtime;

/// <summary>Which steps are recorded. A value; the default is every step.</summary>
public readonly record struct RecordingSchedule
{
    private readonly long _leading;
    private readonly long _skipped;

    private RecordingSchedule(long leading, long interval)
    {
        _leading = leading;
        _skipped = interval - 1;
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
        return new RecordingSchedule(_leading, interval);
    }

    /// <summary>Whether a step is recorded.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    public bool IsDue(long step) =>
        step < _leading || (_skipped != long.MaxValue - 1 && (step - _leading) % (_skipped + 1) == 0);
}
