namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Keeps a bounded, evenly spaced part of a sequence of numbers: all of them up to the capacity, then every second, every
/// fourth and so on.
/// </summary>
internal sealed class ThinnedSamples(int capacity)
{
    private readonly List<double> _kept = [];
    private long _spacing = 1;

    /// <summary>How many numbers the sequence has.</summary>
    public long Count { get; private set; }

    /// <summary>Median of what is kept; null if there is nothing.</summary>
    public double? Median
    {
        get
        {
            if (_kept.Count == 0)
            {
                return null;
            }

            var sorted = _kept.Order().ToArray();
            var middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : sorted[middle - 1] + ((sorted[middle] - sorted[middle - 1]) / 2);
        }
    }

    public void Add(double value)
    {
        if (Count++ % _spacing != 0)
        {
            return;
        }

        if (_kept.Count == capacity)
        {
            var even = _kept.Where((_, index) => index % 2 == 0).ToList();
            _kept.Clear();
            _kept.AddRange(even);
            _spacing *= 2;
            if ((Count - 1) % _spacing != 0)
            {
                return;
            }
        }

        _kept.Add(value);
    }
}
