namespace StabilityAnalyzers.RunLog;

/// <summary>What goes wrong with a run file that is being written, from the least to the gravest.</summary>
public enum RunLogProblemKind
{
    /// <summary>Steps come faster than they can be written; some are dropped.</summary>
    QueueFull,

    /// <summary>A record could not be stored (it names a step twice, or is not a valid record) and was dropped.</summary>
    RecordRefused,

    /// <summary>The file cannot be written at the moment: locked, or the disk is full. It is tried again.</summary>
    WriteDelayed,

    /// <summary>The file cannot be written at all; nothing more is recorded.</summary>
    Stopped,
}

/// <summary>Something went wrong with a run file. Training goes on; the file lacks what was lost.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Message">A sentence for a person, with the path.</param>
/// <param name="Cause">The exception behind it, if any.</param>
public sealed record RunLogProblem(RunLogProblemKind Kind, string Message, Exception? Cause = null);
