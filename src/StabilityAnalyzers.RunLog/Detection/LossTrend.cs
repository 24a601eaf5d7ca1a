namespace StabilityAnalyzers.RunLog;

/// <summary>
/// When a loss counts as one that does not fall. Published: less than 5 % per window of 5 samples, three times running,
/// after more than 10 steps (TheDeepChecker; SageMaker Debugger). Almost every healthy training shows that at some time, so
/// that it must also be near its beginning still, and past a usual warm-up.
/// </summary>
public sealed record LossTrendOptions
{
    /// <summary>Samples of one window; windows are compared by their means.</summary>
    public int Window { get; init; } = 5;

    /// <summary>How many windows must, one after the other, fail to fall.</summary>
    public int Windows { get; init; } = 3;

    /// <summary>Least fall of one window below the one before, as a share of the latter.</summary>
    public double MinimumFall { get; init; } = 0.05;

    /// <summary>
    /// Least fall since the first window, as a share of it. A training that has converged does not fall any more either;
    /// one that got so far below its beginning did learn.
    /// </summary>
    public double MinimumOverallFall { get; init; } = 0.1;

    /// <summary>A loss of so many times its least window, and above its first, diverges (TheDeepChecker).</summary>
    public double Divergence { get; init; } = 2;

    /// <summary>A loss is not said to stay before so many steps: the warm-up of a learning rate begins without any fall.</summary>
    public long MinimumSteps { get; init; } = 100;

    /// <summary>A loss is not said to diverge before so many steps.</summary>
    public long MinimumStepsToDiverge { get; init; } = 10;

    internal void Validate()
    {
        DetectorOptions.Require(this, Window >= 1);
        DetectorOptions.Require(this, Windows >= 1);
        DetectorOptions.Require(this, MinimumFall >= 0);
        DetectorOptions.Require(this, MinimumOverallFall >= 0);
        DetectorOptions.Require(this, Divergence > 1);
        DetectorOptions.Require(this, MinimumSteps >= 0);
        DetectorOptions.Require(this, MinimumStepsToDiverge >= 0);
    }
}

/// <summary>Follows the loss: the effect that makes a statistical sign a fault.</summary>
internal sealed class LossTrend(LossTrendOptions options)
{
    private readonly Queue<double> _recent = new();
    private readonly Queue<bool> _finite = new();
    private long? _firstStep;
    private long _lastStep;
    private double? _firstMean;
    private double? _leastMean;
    private double? _lastMean;

    /// <summary>True if a loss was given at all.</summary>
    public bool IsKnown => _finite.Count > 0;

    /// <summary>True if the loss is known not to fall; false if it falls or too little is known.</summary>
    public bool DoesNotFall { get; private set; }

    /// <summary>True if the loss is known to grow beyond its beginning, or was not finite within the last window.</summary>
    public bool Diverges =>
        _finite.Contains(false)
        || (_lastMean > _firstMean && _leastMean > 0 && _lastMean >= options.Divergence * _leastMean
            && IsAfter(options.MinimumStepsToDiverge));

    private bool IsAfter(long steps) => _lastStep - _firstStep >= steps;

    public void Add(StepRecord step)
    {
        if (step.Loss is not { } loss)
        {
            return;
        }

        _firstStep ??= step.Step;
        _lastStep = step.Step;
        Push(_finite, double.IsFinite(loss), options.Window);
        if (!double.IsFinite(loss))
        {
            return;
        }

        Push(_recent, loss, options.Window * (options.Windows + 1));
        if (_recent.Count < options.Window)
        {
            return;
        }

        var means = _recent.Reverse().Chunk(options.Window).Where(chunk => chunk.Length == options.Window)
            .Select(chunk => chunk.Average()).ToArray();
        _lastMean = means[0];
        _firstMean ??= _lastMean;
        _leastMean = Math.Min(_leastMean ?? double.PositiveInfinity, means[0]);
        DoesNotFall = means.Length > options.Windows
            && IsAfter(options.MinimumSteps)
            && !Falls(_firstMean.Value, means[0], options.MinimumOverallFall)
            && means.Zip(means.Skip(1)).All(pair => !Falls(pair.Second, pair.First, options.MinimumFall));
    }

    private static bool Falls(double from, double to, double share) => from - to >= share * Math.Abs(from);

    private static void Push<T>(Queue<T> queue, T value, int size)
    {
        if (queue.Count == size)
        {
            queue.Dequeue();
        }

        queue.Enqueue(value);
    }
}
