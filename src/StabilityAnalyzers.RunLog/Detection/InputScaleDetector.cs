namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="InputScaleDetector"/>.</summary>
public sealed record InputScaleOptions : DetectorOptions
{
    /// <summary>
    /// Greatest absolute mean (SageMaker Debugger). It must be above the standard deviation too: off its centre by less than
    /// that, the input of an image between 0 and 1 trains well.
    /// </summary>
    public double Mean { get; init; } = 0.2;

    /// <summary>Least standard deviation.</summary>
    public double Small { get; init; } = 0.1;

    /// <summary>Greatest standard deviation.</summary>
    public double Large { get; init; } = 10;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new InputScaleDetector(this);

    internal override void Validate()
    {
        Require(Mean >= 0);
        Require(Small >= 0);
        Require(Large > Small);
    }
}

/// <summary>
/// STAB9016: what enters the first layer is far from zero mean and a deviation of one. Info, once. An input that is zero or
/// constant throughout says nothing of the scale.
/// </summary>
public sealed class InputScaleDetector(InputScaleOptions options) : IDetector
{
    private const string Remedy = "Subtract the mean of the training data and divide by its standard deviation, or begin with BatchNorm.";

    private readonly InputScaleOptions _options = options.Validated();
    private bool _isDone;

    /// <summary>The detector with its default thresholds.</summary>
    public InputScaleDetector()
        : this(new InputScaleOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (_isDone || step.Input is not { IsFinite: true, FiniteCount: > 1, Std: > 0 } input || !double.IsFinite(input.Std)
            || !double.IsFinite(input.Mean))
        {
            return [];
        }

        _isDone = true;
        var mean = Math.Abs(input.Mean);
        var (value, threshold, what) =
            input.Std > _options.Large ? (input.Std, _options.Large, "large")
            : mean > _options.Mean && mean > input.Std ? (mean, _options.Mean, "off its centre")
            : input.Std < _options.Small ? (input.Std, _options.Small, "small")
            : (0, 0, null);
        return what is null
            ? []
            : [new Finding(
                RuleIds.InputScale,
                FindingSeverity.Info,
                null,
                step.Step,
                value,
                threshold,
                $"The input is {what}: mean {DepthFactorEstimate.Number(input.Mean)}, standard deviation {DepthFactorEstimate.Number(input.Std)}.",
                Remedy)];
    }
}
