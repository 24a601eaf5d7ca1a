namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="ConstantPredictionDetector"/>.</summary>
public sealed record ConstantPredictionOptions : DetectorOptions
{
    /// <summary>Standard deviation of the output over the batch, as a share of its root mean square, below which it is constant.</summary>
    public double Spread { get; init; } = 1e-3;

    /// <summary>
    /// Entropy of the classes' shares in the training data, in nats, which is the loss of a model that answers with these shares
    /// whatever it is asked; null if it is not known.
    /// </summary>
    public double? PriorEntropy { get; init; }

    /// <summary>How near the mean loss must be to it, as a share.</summary>
    public double Tolerance { get; init; } = 0.01;

    /// <summary>Samples of which at least half must show a constant output, and of which the mean loss is taken.</summary>
    public int Window { get; init; } = 20;

    /// <summary>Steps that a model may take to leave a constant output: a last layer may begin at zero.</summary>
    public long MinimumSteps { get; init; } = 20;

    /// <summary>When the loss does not fall.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new ConstantPredictionDetector(this);

    internal override void Validate()
    {
        Require(Spread >= 0);
        Require(PriorEntropy is null or > 0);
        Require(Tolerance >= 0);
        Require(Window >= 3);
        Require(MinimumSteps >= 0);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9018: the model answers the same whatever it is asked. Info if its output hardly differs between the samples of a
/// batch, or if its loss is the entropy of the classes' shares; Warning if the output does not differ and the loss does
/// not fall.
/// </summary>
public sealed class ConstantPredictionDetector(ConstantPredictionOptions options) : IDetector
{
    private const string Remedy =
        "See whether the signal reaches the last layer (STAB9015, STAB9013, STAB9014) and the gradient the first (STAB9001), and whether "
        + "inputs and targets belong together.";

    private readonly ConstantPredictionOptions _options = options.Validated();
    private readonly LossTrend _loss = new(options.Loss);
    private readonly RunningValues _losses = new(options.Window);
    private readonly PersistentSign _spread = new(options.Window);
    private readonly PersistentSign _prior = new(options.Window);

    /// <summary>The detector with its default thresholds.</summary>
    public ConstantPredictionDetector()
        : this(new ConstantPredictionOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        if (step.Loss is { } loss && double.IsFinite(loss))
        {
            _losses.Add(loss);
        }

        if (step.Step < _options.MinimumSteps)
        {
            return [];
        }

        if (step.OutputSpread is { } spread && _spread.Shows(spread < _options.Spread))
        {
            var severity = _loss.DoesNotFall ? FindingSeverity.Warning : FindingSeverity.Info;
            if (_spread.Rises(severity))
            {
                return
                [
                    Constant(severity, step.Step, spread, _options.Spread,
                        $"The output hardly depends on the input: within a batch it differs by {DepthFactorEstimate.Number(spread)} of its size"
                        + (_loss.DoesNotFall ? ", and the loss does not fall." : ".")),
                ];
            }
        }

        if (_options.PriorEntropy is { } entropy && _losses.IsFull
            && _prior.Shows(Math.Abs(_losses.Mean - entropy) <= _options.Tolerance * entropy) && _prior.Rises(FindingSeverity.Info))
        {
            return
            [
                Constant(FindingSeverity.Info, step.Step, _losses.Mean, entropy,
                    $"The loss is {DepthFactorEstimate.Number(_losses.Mean)} over {_losses.Count} samples, the entropy of the classes' shares: "
                    + "the model has learnt these shares and nothing of the input."),
            ];
        }

        return [];
    }

    private static Finding Constant(FindingSeverity severity, long step, double value, double threshold, string message) =>
        new(RuleIds.ConstantPrediction, severity, null, step, value, threshold, message, Remedy);
}
