namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="OverfitDetector"/>.</summary>
public sealed record OverfitOptions : DetectorOptions
{
    /// <summary>(validation - training) / training above which the two part (SageMaker Debugger).</summary>
    public double Gap { get; init; } = 0.1;

    /// <summary>Validations, one after the other, that must show it without a new least validation loss (SageMaker Debugger).</summary>
    public int Patience { get; init; } = 5;

    /// <summary>How far, as a share, the validation loss must be above its least, for as many validations, to be a fault.</summary>
    public double Rise { get; init; } = 0.25;

    /// <summary>
    /// Least validation loss as a share of the first one: near zero, ratios of losses are noise.
    /// </summary>
    public double MinimumShare { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new OverfitDetector(this);

    internal override void Validate()
    {
        Require(Gap >= 0);
        Require(Patience >= 1);
        Require(Rise >= 0);
        Require(MinimumShare >= 0);
    }
}

/// <summary>
/// STAB9020: the model learns its training data by heart. A gap alone is no sign, well-trained models have one: the
/// validation loss must have stopped falling as well, while the training loss falls. Info; Warning if it stays far above its least.
/// </summary>
public sealed class OverfitDetector(OverfitOptions options) : IDetector
{
    private const string Remedy =
        "Stop here and keep the weights of the least validation loss; use more data, augmentation, dropout or weight decay.";

    private readonly OverfitOptions _options = options.Validated();
    private readonly List<double> _losses = [];
    private readonly Episode _episode = new();
    private double _least = double.PositiveInfinity;
    private double? _first;
    private double _trainingAtLeast;
    private int _sinceLeast;
    private readonly RunningValues _validations = new(3);
    private double _leastTypical = double.PositiveInfinity;
    private int _risen;
    private int _apart;

    /// <summary>The detector with its default thresholds.</summary>
    public OverfitDetector()
        : this(new OverfitOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (step.Loss is { } loss && double.IsFinite(loss))
        {
            _losses.Add(loss);
        }

        if (step.ValidationLoss is not { } validation || !double.IsFinite(validation) || _losses.Count == 0)
        {
            return [];
        }

        var training = _losses.Average();
        _losses.Clear();
        if (validation < _least)
        {
            (_least, _trainingAtLeast, _sinceLeast) = (validation, training, 0);
        }
        else
        {
            _sinceLeast++;
        }

        // The least of all is a lucky one; the least median of three is not.
        _validations.Add(validation);
        _leastTypical = _validations.IsFull ? Math.Min(_leastTypical, _validations.Median) : _leastTypical;
        _risen = _leastTypical > 0 && validation >= (1 + _options.Rise) * _leastTypical ? _risen + 1 : 0;
        var gap = training > 0 ? (validation - training) / training : 0;
        _first ??= validation;
        _apart = gap > _options.Gap && validation >= _options.MinimumShare * _first ? _apart + 1 : 0;

        // Where the training loss has not fallen either, the two only vary.
        if (_apart < _options.Patience || _sinceLeast < _options.Patience || !(training < _trainingAtLeast))
        {
            if (_sinceLeast == 0)
            {
                _episode.End();
            }

            return [];
        }

        var severity = _risen >= _options.Patience ? FindingSeverity.Warning : FindingSeverity.Info;
        return _episode.Rises(severity)
            ? [new Finding(
                RuleIds.Overfit,
                severity,
                null,
                step.Step,
                gap,
                _options.Gap,
                $"The model learns its training data by heart: the validation loss is {DepthFactorEstimate.Number(validation)}, the training loss "
                + $"{DepthFactorEstimate.Number(training)}, and the least validation loss, {DepthFactorEstimate.Number(_least)}, was "
                + $"{_sinceLeast} validations ago.",
                Remedy)]
            : [];
    }
}
