namespace StabilityAnalyzers.RunLog;

/// <summary>How a run file is written.</summary>
public sealed record RunLogOptions
{
    /// <summary>
    /// How many records of parameters and layers may wait to be written, about 150 bytes each in memory. A step that finds
    /// no room is dropped and counted.
    /// </summary>
    public int QueueCapacity { get; init; } = 200_000;

    /// <summary>Longest time that a record waits before it is in the file: what a killed process can lose.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long closing may take when the file cannot be written (locked, disk full); what is left then is counted as lost.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Greatest size of the run file in bytes; null for no limit. A full file is treated like a full disk.</summary>
    public long? MaximumFileSize { get; init; }

    /// <summary>
    /// Called when something goes wrong with the file: once for a fault, and again only for a graver one. It may be called
    /// on a background thread; what it throws is ignored.
    /// </summary>
    public Action<RunLogProblem>? OnProblem { get; init; }
}
