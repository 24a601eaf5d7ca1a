namespace StabilityAnalyzers.RunLog;

/// <summary>The last so many values of a sequence, the oldest first.</summary>
internal sealed class RunningValues(int size)
{
    private readonly Queue<double> _values = new();

    public int Count => _values.Count;

    public bool IsFull => _values.Count == size;

    public IReadOnlyCollection<double> All => _values;

    public double Mean => _values.Average();

    public double Median => Middle(_values);

    public double Maximum => _values.Max();

    public void Add(double value)
    {
        if (_values.Count == size)
        {
            _values.Dequeue();
        }

        _values.Enqueue(value);
    }

    public void Clear() => _values.Clear();

    /// <summary>Median of a sequence that is not empty.</summary>
    public static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : sorted[middle - 1] + ((sorted[middle] - sorted[middle - 1]) / 2);
    }

    /// <summary>Mean and population standard deviation of a sequence that is not empty.</summary>
    public static (double Mean, double Deviation) Moments(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Count));
    }
}
