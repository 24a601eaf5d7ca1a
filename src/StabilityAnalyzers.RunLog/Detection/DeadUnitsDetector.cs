namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="DeadUnitsDetector"/>.</summary>
public sealed record DeadUnitsOptions : DetectorOptions
{
    /// <summary>Share of units that are zero for every sample which is a sign (SageMaker Debugger).</summary>
    public double Info { get; init; } = 0.5;

    /// <summary>Share that is a fault whatever the loss does (TheDeepChecker).</summary>
    public double Warning { get; init; } = 0.8;

    /// <summary>Samples that must have been seen; of fewer, a unit that is rarely active may miss all.</summary>
    public long MinimumSamples { get; init; } = 100;

    /// <summary>Units that a layer must have: a share of three says little.</summary>
    public long MinimumUnits { get; init; } = 8;

    /// <summary>Records of an activation, one after the other, that must show it.</summary>
    public int Records { get; init; } = 2;

    /// <summary>When the loss does not fall.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new DeadUnitsDetector(this);

    internal override void Validate()
    {
        Require(Info is > 0 and < 1);
        Require(Warning >= Info && Warning < 1);
        Require(MinimumSamples >= 1);
        Require(MinimumUnits >= 1);
        Require(Records >= 1);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9013: units of an activation that are zero for every sample, and get no gradient any more. Not the share of zeros:
/// half of what ReLU returns is zero, and that is no fault. Info above half of the units, Warning above 80 %, or if the
/// loss does not fall.
/// </summary>
public sealed class DeadUnitsDetector(DeadUnitsOptions options) : IDetector
{
    private const string Remedy =
        "Lower the learning rate (a step that is too long kills units), use He initialisation without a negative bias, normalise the "
        + "input, or use LeakyReLU, ELU or GELU.";

    private readonly DeadUnitsOptions _options = options.Validated();
    private readonly LossTrend _loss = new(options.Loss);
    private readonly Dictionary<(string Path, string? Layer), (int Records, Episode Episode)> _tracks = [];

    /// <summary>The detector with its default thresholds.</summary>
    public DeadUnitsDetector()
        : this(new DeadUnitsOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        var findings = new List<Finding>();
        foreach (var activation in step.Activations)
        {
            if (activation.DeadUnits is not { } dead || activation.Samples < _options.MinimumSamples || activation.Units < _options.MinimumUnits)
            {
                continue;
            }

            var (records, episode) = _tracks.TryGetValue((activation.Path, activation.Layer), out var track) ? track : (0, new Episode());
            var share = (double)dead / activation.Units;
            records = share > _options.Info ? records + 1 : 0;
            _tracks[(activation.Path, activation.Layer)] = (records, episode);
            if (records == 0)
            {
                episode.End();
            }

            var severity = share > _options.Warning || _loss.DoesNotFall ? FindingSeverity.Warning : FindingSeverity.Info;
            if (records >= _options.Records && episode.Rises(severity))
            {
                var threshold = share > _options.Warning ? _options.Warning : _options.Info;
                var message = $"{dead} of the {activation.Units} units of '{activation.Path}'{Place(activation)} are dead: zero for each of {activation.Samples} samples"
                    + (_loss.DoesNotFall ? ", and the loss does not fall." : ".");
                findings.Add(new Finding(RuleIds.DeadUnits, severity, activation.Path, step.Step, share, threshold, message, Remedy));
            }
        }

        return findings;
    }

    private static string Place(ActivationRecord activation) => activation.Layer is { } layer ? $" behind '{layer}'" : "";
}
