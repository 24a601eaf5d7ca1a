namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Keeps a fault from being reported at every step: once when it begins, once more if it becomes graver, and again only
/// after it had gone.
/// </summary>
internal sealed class Episode
{
    private FindingSeverity? _reported;

    /// <summary>True if the fault is new, or graver than it was.</summary>
    public bool Rises(FindingSeverity severity)
    {
        if (_reported >= severity)
        {
            return false;
        }

        _reported = severity;
        return true;
    }

    public void End() => _reported = null;
}
