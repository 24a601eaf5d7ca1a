namespace StabilityAnalyzers.RunLog;

/// <summary>In which of the last samples a sign was seen.</summary>
internal sealed class SampleWindow(int size)
{
    private readonly Queue<bool> _samples = new(size);

    /// <summary>Samples of the window in which the sign was seen.</summary>
    public int Count { get; private set; }

    /// <summary>True if at least half of the window shows the sign; a window that is not full yet counts as if it were.</summary>
    public bool Persists => 2 * Count >= size;

    public void Add(bool sign)
    {
        if (_samples.Count == size && _samples.Dequeue())
        {
            Count--;
        }

        _samples.Enqueue(sign);
        Count += sign ? 1 : 0;
    }
}
