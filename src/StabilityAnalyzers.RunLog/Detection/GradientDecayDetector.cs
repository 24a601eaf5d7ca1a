namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="GradientDecayDetector"/>.</summary>
public sealed record GradientDecayOptions : DetectorOptions
{
    /// <summary>Depth in depth scales that a gradient can pass (Schoenholz 2017).</summary>
    public double DepthScales { get; init; } = 6;

    /// <summary>Layers that are needed to fit a line.</summary>
    public int MinimumLayers { get; init; } = 5;

    /// <summary>Share of the variance that the line must explain: residual stacks and mixed layers follow none.</summary>
    public double MinimumFit { get; init; } = 0.9;

    /// <summary>Samples of which at least half must show the sign.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Least RMS of the error signal at the last layer; below it nothing is said.</summary>
    public double MinimumReference { get; init; } = 1e-30;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new GradientDecayDetector(this);

    internal override void Validate()
    {
        Require(DepthScales > 0);
        Require(MinimumLayers >= 3);
        Require(MinimumFit is >= 0 and < 1);
        Require(Window >= 1);
        Require(MinimumReference >= 0);
    }
}

/// <summary>
/// STAB9004: every layer multiplies the gradient by about the same factor, and the model is deeper than that factor allows.
/// The factor chi is fitted to the measured depth factors and held against the predicted one. Info: what follows from it is
/// judged by <see cref="VanishingDetector"/> and <see cref="ExplodingDetector"/>.
/// </summary>
public sealed class GradientDecayDetector(GradientDecayOptions options) : IDetector
{
    private const string Remedy =
        "Use the initialiser that fits the activation, so that chi is 1, or residual connections or normalisation, or fewer layers.";

    private readonly GradientDecayOptions _options = options.Validated();
    private readonly PersistentSign _sign = new(options.Window);

    /// <summary>The detector with its default thresholds.</summary>
    public GradientDecayDetector()
        : this(new GradientDecayOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        var profile = GradientProfile.Of(run, step);
        if (!(profile.Reference?.ErrorSignalRms >= _options.MinimumReference))
        {
            return [];
        }

        var measured = Line(profile.Layers.Select(layer => layer.MeasuredDepthFactor));
        if (measured is not { } line || line.Points < _options.MinimumLayers)
        {
            return [];
        }

        // The error signal's second moment: chi = exp(-2 slope), and 6 / |ln chi| layers are six depth scales.
        var budget = _options.DepthScales / Math.Abs(2 * line.Slope);
        var depth = line.Points - 1;
        if (!_sign.Shows(depth > budget && line.Fit >= _options.MinimumFit) || !_sign.Rises(FindingSeverity.Info))
        {
            return [];
        }

        var predicted = Line(profile.Layers.Select(layer => layer.PredictedDepthFactor)) is { } prediction
            ? $", predicted {DepthFactorEstimate.Number(Math.Exp(-2 * prediction.Slope))}"
            : "";
        var message = $"Each of {depth} layers multiplies the gradient's second moment by {DepthFactorEstimate.Number(Math.Exp(-2 * line.Slope))} "
            + $"on the way back{predicted}: {DepthFactorEstimate.Number(budget)} layers are as many as that allows.";
        return [new Finding(
            RuleIds.GradientDecay, FindingSeverity.Info, profile.First?.Path, step.Step, depth, budget, message, Remedy)];
    }

    /// <summary>The straight line through the logarithms of the factors over their place.</summary>
    private static (double Slope, double Fit, int Points)? Line(IEnumerable<double?> factors)
    {
        var points = factors.Select((factor, place) => (X: (double)place, Y: factor is > 0 ? Math.Log(factor.Value) : double.NaN))
            .Where(point => double.IsFinite(point.Y)).ToArray();
        if (points.Length < 3)
        {
            return null;
        }

        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var xx = points.Sum(point => (point.X - x) * (point.X - x));
        var xy = points.Sum(point => (point.X - x) * (point.Y - y));
        var yy = points.Sum(point => (point.Y - y) * (point.Y - y));
        return (xy / xx, yy > 0 ? xy * xy / (xx * yy) : 0, points.Length);
    }
}
