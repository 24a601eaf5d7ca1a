namespace StabilityAnalyzers.Runtime;

/// <summary>Keeps each problem once, whatever the number of steps that meet it. Safe to use from several threads.</summary>
internal sealed class ProblemLog
{
    private readonly object _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private RecorderProblem[] _problems = [];

    /// <summary>The problems so far, in the order in which they were met.</summary>
    public IReadOnlyList<RecorderProblem> All => Volatile.Read(ref _problems);

    /// <summary>Keeps a problem, unless one of the same part is kept already.</summary>
    public void Report(string part, string message, Exception? cause = null)
    {
        lock (_lock)
        {
            if (_known.Add(part))
            {
                Volatile.Write(ref _problems, [.. _problems, new RecorderProblem(part, message, cause)]);
            }
        }
    }

    /// <summary>Runs something that must not throw into training; what it throws is kept.</summary>
    /// <returns>False if it threw.</returns>
    public bool Guard(string part, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception exception)
        {
            Report(part, exception.Message, exception);
            return false;
        }
    }
}
