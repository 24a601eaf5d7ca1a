namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="InitialLossDetector"/>.</summary>
public sealed record InitialLossOptions : DetectorOptions
{
    /// <summary>
    /// The loss of a model that knows nothing yet; null if that is not known, and then nothing is said. See
    /// <see cref="CrossEntropy"/>, <see cref="BinaryCrossEntropy"/> and <see cref="MeanSquaredError"/>.
    /// </summary>
    public double? Expected { get; init; }

    /// <summary>Greatest excess over the expected loss, as a share of it (TheDeepChecker).</summary>
    public double Tolerance { get; init; } = 1;

    /// <summary>Samples from the first step on of which the median is taken.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>What is expected with cross entropy: ln C.</summary>
    /// <param name="classes">Number of classes, at least 2.</param>
    public static InitialLossOptions CrossEntropy(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        return new InitialLossOptions { Expected = Math.Log(classes) };
    }

    /// <summary>What is expected with binary cross entropy: ln 2.</summary>
    public static InitialLossOptions BinaryCrossEntropy() => new() { Expected = Math.Log(2) };

    /// <summary>What is expected with the mean squared error: the variance of the targets.</summary>
    /// <param name="targetVariance">Variance of the targets, above 0.</param>
    public static InitialLossOptions MeanSquaredError(double targetVariance)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targetVariance);
        return new InitialLossOptions { Expected = targetVariance };
    }

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new InitialLossDetector(this);

    internal override void Validate()
    {
        Require(Expected is null or (> 0 and < double.PositiveInfinity));
        Require(Tolerance > 0);
        Require(Samples >= 1);
    }
}

/// <summary>
/// STAB9017: the first loss is far above that of a model that knows nothing: the last layer begins too large, or inputs or
/// targets are on another scale than one thinks. Info; it is said only if the expected loss is given. A loss below it is
/// no sign: weights that were trained before begin there.
/// </summary>
public sealed class InitialLossDetector(InitialLossOptions options) : IDetector
{
    private const string Remedy =
        "Initialise the last layer with smaller weights, and look at the scale of inputs and targets and at the reduction of the loss.";

    private readonly InitialLossOptions _options = options.Validated();
    private readonly RunningValues _losses = new(options.Samples);
    private bool _isDone;

    /// <summary>The detector without an expected loss, which says nothing.</summary>
    public InitialLossDetector()
        : this(new InitialLossOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        // A recorder that began to look later has not seen the beginning.
        _isDone |= step.Step >= _options.Samples;
        if (_isDone || _options.Expected is not { } expected || step.Loss is not { } loss || !double.IsFinite(loss))
        {
            return [];
        }

        _losses.Add(loss);
        if (!_losses.IsFull)
        {
            return [];
        }

        _isDone = true;
        var first = _losses.Median;
        var limit = expected * (1 + _options.Tolerance);
        return first > limit
            ? [new Finding(
                RuleIds.InitialLoss,
                FindingSeverity.Info,
                null,
                step.Step,
                first,
                limit,
                $"The first loss is {DepthFactorEstimate.Number(first)}; a model that knows nothing has {DepthFactorEstimate.Number(expected)}.",
                Remedy)]
            : [];
    }
}
