namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="VanishingDetector"/>.</summary>
public sealed record VanishingOptions : DetectorOptions
{
    /// <summary>Depth factor below which a sign is seen: exp(-3), six depth scales (Schoenholz 2017).</summary>
    public double Info { get; init; } = 0.05;

    /// <summary>
    /// Depth factor below which, together with a loss that does not fall, it is a fault (AutoTrainer's beta; SGD trains
    /// above it with every activation).
    /// </summary>
    public double Warning { get; init; } = 1e-3;

    /// <summary>Samples of which at least half must show the sign.</summary>
    public int Window { get; init; } = 5;

    /// <summary>
    /// By how much the factor must rise above the threshold, in every sample of the window, before the fault counts as gone: a
    /// factor that wanders about the threshold is one finding, not many.
    /// </summary>
    public double Recovery { get; init; } = 4;

    /// <summary>
    /// What averaging may do to the ratio of norms, by which the thresholds are lowered where the geometry is not known: a
    /// global pool over 49 x 49 positions is 1/49, the mean over a sequence of 2,500 is 1/50.
    /// </summary>
    public double UnknownGeometry { get; init; } = 0.01;

    /// <summary>
    /// Least RMS of the error signal at the last layer. Below it, the first layers' would not be a normal float32 even
    /// if the factor were at the threshold: the numbers end, not the gradient.
    /// </summary>
    public double MinimumReference { get; init; } = 1e-30;

    /// <summary>
    /// Update ratio of the first layer's weight below which it does not learn, whatever the loss does, if that of the last
    /// layer is above: a learning rate that is small for all is no sign.
    /// </summary>
    public double UpdateRatio { get; init; } = 1e-5;

    /// <summary>When the loss does not fall.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new VanishingDetector(this);

    internal override void Validate()
    {
        Require(Warning > 0);
        Require(Info >= Warning);
        Require(Window >= 1);
        Require(Recovery >= 1);
        Require(UnknownGeometry > 0);
        Require(MinimumReference >= 0);
        Require(UpdateRatio >= 0);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9001: the gradient vanishes before it reaches the first layer. Judged by the depth factor of the first layer, so
/// that a wide layer before a narrow head, or pooling, is no sign. Info for the sign alone, Warning if the loss does not
/// fall as well, or the weight of the first layer hardly changes while that of the last does; where neither is recorded it
/// stays Info.
/// </summary>
public sealed class VanishingDetector(VanishingOptions options) : IDetector
{
    private readonly VanishingOptions _options = options.Validated();
    private const string Remedy =
        "Use an activation that keeps the gradient, with the initialiser that fits it (ReLU with He), LayerNorm before the "
        + "activations, or residual connections.";

    private readonly LossTrend _loss = new(options.Loss);
    private readonly Episode _episode = new();
    private SampleWindow _small = new(options.Window);
    private SampleWindow _tiny = new(options.Window);
    private SampleWindow _near = new(options.Window);
    private string? _layer;

    /// <summary>The detector with its default thresholds.</summary>
    public VanishingDetector()
        : this(new VanishingOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        var profile = GradientProfile.Of(run, step);
        if (profile is not { First: { } first, Reference: { } reference }
            || !(reference.ErrorSignalRms >= _options.MinimumReference)
            || DepthFactorEstimate.Of(first, reference) is not { } factor)
        {
            return [];
        }

        if (_layer != first.Path)
        {
            _layer = first.Path;
            _small = new(_options.Window);
            _tiny = new(_options.Window);
            _near = new(_options.Window);
            _episode.End();
        }

        var allowance = factor.IsExact ? 1 : _options.UnknownGeometry;
        var isSmall = factor.Value < _options.Info * allowance;
        var isTiny = factor.Value < _options.Warning * allowance;
        _small.Add(isSmall);
        _tiny.Add(isTiny);
        _near.Add(factor.Value < _options.Info * allowance * _options.Recovery);
        if (_near.Count == 0)
        {
            _episode.End();
        }

        var stands = Stands(step, first.Path, reference.Path);
        var severity = isTiny && _tiny.Persists && (_loss.DoesNotFall || stands) ? FindingSeverity.Warning
            : isSmall && _small.Persists ? FindingSeverity.Info
            : (FindingSeverity?)null;
        if (severity is not { } level || !_episode.Rises(level))
        {
            return [];
        }

        var threshold = (level == FindingSeverity.Warning ? _options.Warning : _options.Info) * allowance;
        var effect = _loss.DoesNotFall ? ", and the loss does not fall"
            : stands ? $", and the weight of '{first.Path}' hardly changes"
            : _loss.IsKnown ? "" : "; no loss was recorded, so its effect is not known";
        var message = $"The gradient vanishes: {factor.Describe(reference)}{effect}.";
        return [new Finding(RuleIds.VanishingGradient, level, first.Path, step.Step, factor.Value, threshold, message, Remedy)];
    }

    /// <summary>True if the optimizer is known to change the last layer and hardly the first.</summary>
    private bool Stands(StepRecord step, string first, string last) =>
        RatioOf(step, first) < _options.UpdateRatio && RatioOf(step, last) >= _options.UpdateRatio;

    private static double? RatioOf(StepRecord step, string layer) =>
        step.Parameters.FirstOrDefault(parameter => parameter.Path == layer + ".weight") is { } weight ? UpdateRatio.Of(weight) : null;
}
