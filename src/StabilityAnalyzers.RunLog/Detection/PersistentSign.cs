namespace StabilityAnalyzers.RunLog;

/// <summary>
/// A sign that must show in at least half of the last samples before it is believed, and must be gone from all of them
/// before it counts as new.
/// </summary>
internal sealed class PersistentSign(int window)
{
    private readonly SampleWindow _samples = new(window);
    private readonly Episode _episode = new();

    /// <summary>Takes in a sample.</summary>
    /// <returns>True if it shows the sign and the sign persists.</returns>
    public bool Shows(bool sign)
    {
        _samples.Add(sign);
        if (_samples.Count == 0)
        {
            _episode.End();
        }

        return sign && _samples.Persists;
    }

    /// <inheritdoc cref="Episode.Rises"/>
    public bool Rises(FindingSeverity severity) => _episode.Rises(severity);
}
