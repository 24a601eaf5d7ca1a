namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="ActivationScaleDetector"/>.</summary>
public sealed record ActivationScaleOptions : DetectorOptions
{
    /// <summary>Standard deviation of a layer's output below which it is small (TheDeepChecker).</summary>
    public double Small { get; init; } = 0.5;

    /// <summary>Standard deviation above which it is large (TheDeepChecker).</summary>
    public double Large { get; init; } = 2;

    /// <summary>Greatest ratio of the variances of two layers (SageMaker Debugger).</summary>
    public double VarianceRatio { get; init; } = 10;

    /// <summary>Steps from the first on in which it is looked for (SageMaker Debugger).</summary>
    public long Steps { get; init; } = 10;

    /// <summary>Samples that must show it.</summary>
    public int Samples { get; init; } = 3;

    /// <summary>Depth factor below which the gradient vanishes as well.</summary>
    public double Vanishing { get; init; } = 1e-3;

    /// <summary>Depth factor above which the gradient explodes as well.</summary>
    public double Exploding { get; init; } = 70;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new ActivationScaleDetector(this);

    internal override void Validate()
    {
        Require(Small >= 0);
        Require(Large > Small);
        Require(VarianceRatio > 1);
        Require(Steps >= 1);
        Require(Samples >= 1);
        Require(Vanishing >= 0);
        Require(Exploding > Vanishing);
    }
}

/// <summary>
/// STAB9015: at the beginning the outputs of the hidden layers shrink or grow from layer to layer, and end far from 1. Info;
/// Warning if the gradient vanishes or explodes as well. One layer's scale by itself is no sign: the next one may make up
/// for it. Needs the outputs of the first steps.
/// </summary>
public sealed class ActivationScaleDetector(ActivationScaleOptions options) : IDetector
{
    private const string Remedy = "Use the initialiser that fits the activation, or LayerNorm or BatchNorm between the layers.";

    private readonly ActivationScaleOptions _options = options.Validated();
    private readonly Episode _episode = new();
    private int _samples;

    /// <summary>The detector with its default thresholds.</summary>
    public ActivationScaleDetector()
        : this(new ActivationScaleOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (step.Step >= _options.Steps)
        {
            return [];
        }

        // Not the last layer: what it returns is on the scale of the targets.
        var scales = step.Layers.SkipLast(1)
            .Where(layer => layer.Output is { IsFinite: true, FiniteCount: > 1 } output && double.IsFinite(output.Std))
            .Select(layer => (layer.Path, layer.Output!.Value.Std))
            .ToList();
        if (scales.Count < 2 || scales.Exists(scale => scale.Std <= 0))
        {
            return [];
        }

        var smallest = scales.MinBy(scale => scale.Std);
        var largest = scales.MaxBy(scale => scale.Std);
        var ratio = Math.Pow(largest.Std / smallest.Std, 2);
        var outside = scales[^1].Std < _options.Small || scales[^1].Std > _options.Large;
        _samples = ratio > _options.VarianceRatio && outside ? _samples + 1 : 0;
        if (_samples < _options.Samples)
        {
            return [];
        }

        var profile = GradientProfile.Of(run, step);
        var factor = profile.First?.MeasuredDepthFactor;
        var isFault = factor < _options.Vanishing || factor > _options.Exploding;
        var severity = isFault ? FindingSeverity.Warning : FindingSeverity.Info;
        if (!_episode.Rises(severity))
        {
            return [];
        }

        var message = $"The layers' outputs are on very different scales: a standard deviation of {DepthFactorEstimate.Number(largest.Std)} at "
            + $"'{largest.Path}' and {DepthFactorEstimate.Number(smallest.Std)} at '{smallest.Path}'"
            + (isFault ? $", and the depth factor of '{profile.First!.Path}' is {DepthFactorEstimate.Number(factor!.Value)}." : ".");
        return [new Finding(
            RuleIds.ActivationScale, severity, scales[^1].Path, step.Step, ratio, _options.VarianceRatio, message, Remedy)];
    }
}
