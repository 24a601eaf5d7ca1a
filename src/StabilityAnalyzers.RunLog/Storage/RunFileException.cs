namespace StabilityAnalyzers.RunLog;

/// <summary>Why a run file cannot be read.</summary>
public enum RunFileFault
{
    /// <summary>There is no such file, or it cannot be opened (permissions, a folder).</summary>
    NotFound,

    /// <summary>The file has no bytes.</summary>
    Empty,

    /// <summary>The file is something else: not SQLite, or a database of another program.</summary>
    NotARunFile,

    /// <summary>A newer version of this library wrote it.</summary>
    NewerVersion,

    /// <summary>It was a run file, and its bytes are damaged or missing.</summary>
    Damaged,

    /// <summary>Somebody holds it locked, and did not let go in time.</summary>
    Locked,
}

/// <summary>A run file cannot be read. The message says which file and why, for a person.</summary>
public sealed class RunFileException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">Why it cannot be read.</param>
    /// <param name="reason">The same in words, the end of a sentence.</param>
    /// <param name="inner">What was thrown below, if anything.</param>
    public RunFileException(string path, RunFileFault fault, string reason, Exception? inner = null)
        : base($"The run file '{path}' cannot be read: {reason}.", inner)
    {
        Path = path;
        Fault = fault;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Why it cannot be read.</summary>
    public RunFileFault Fault { get; }
}
