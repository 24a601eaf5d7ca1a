namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="SaturationDetector"/>.</summary>
public sealed record SaturationOptions : DetectorOptions
{
    /// <summary>Share of saturated units that is a sign (SageMaker Debugger).</summary>
    public double Share { get; init; } = 0.5;

    /// <summary>Samples that must have been seen.</summary>
    public long MinimumSamples { get; init; } = 100;

    /// <summary>Units that a layer must have.</summary>
    public long MinimumUnits { get; init; } = 8;

    /// <summary>Records of an activation, one after the other, that must show it.</summary>
    public int Records { get; init; } = 2;

    /// <summary>When the loss does not fall.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new SaturationDetector(this);

    internal override void Validate()
    {
        Require(Share is > 0 and < 1);
        Require(MinimumSamples >= 1);
        Require(MinimumUnits >= 1);
        Require(Records >= 1);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9014: units of a hidden sigmoid or tanh whose slope is below 1 % of its greatest for more than half of the values:
/// almost no gradient passes them. Info; Warning if the loss does not fall. The output of the model is left out: a
/// classifier that is sure saturates it, and should.
/// </summary>
public sealed class SaturationDetector(SaturationOptions options) : IDetector
{
    private const string Remedy =
        "Normalise the input, use Xavier initialisation, lower the learning rate, or put LayerNorm before the activation.";

    private readonly SaturationOptions _options = options.Validated();
    private readonly LossTrend _loss = new(options.Loss);
    private readonly Dictionary<(string Path, string? Layer), (int Records, Episode Episode)> _tracks = [];

    /// <summary>The detector with its default thresholds.</summary>
    public SaturationDetector()
        : this(new SaturationOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        var findings = new List<Finding>();
        var last = step.Layers.Count > 0 ? step.Layers[^1].Path : null;
        foreach (var activation in step.Activations)
        {
            var isOutput = last is null || activation.Layer is null || activation.Layer == last;
            if (activation.SaturatedUnits is not { } saturated || isOutput
                || activation.Samples < _options.MinimumSamples || activation.Units < _options.MinimumUnits)
            {
                continue;
            }

            var (records, episode) = _tracks.TryGetValue((activation.Path, activation.Layer), out var track) ? track : (0, new Episode());
            var share = (double)saturated / activation.Units;
            records = share > _options.Share ? records + 1 : 0;
            _tracks[(activation.Path, activation.Layer)] = (records, episode);
            if (records == 0)
            {
                episode.End();
            }

            var severity = _loss.DoesNotFall ? FindingSeverity.Warning : FindingSeverity.Info;
            if (records >= _options.Records && episode.Rises(severity))
            {
                var message = $"{saturated} of the {activation.Units} units of '{activation.Path}'{Place(activation)} are saturated for most of {activation.Samples} samples"
                    + (_loss.DoesNotFall ? ", and the loss does not fall." : ".");
                findings.Add(new Finding(RuleIds.Saturation, severity, activation.Path, step.Step, share, _options.Share, message, Remedy));
            }
        }

        return findings;
    }

    private static string Place(ActivationRecord activation) => activation.Layer is { } layer ? $" behind '{layer}'" : "";
}
