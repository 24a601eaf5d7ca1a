namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="StalledLayerDetector"/>.</summary>
public sealed record StalledLayerOptions : DetectorOptions
{
    /// <summary>Mean of the absolute gradient, over the elements that have one, below which it is small (SageMaker Debugger).</summary>
    public double Gradient { get; init; } = 1e-7;

    /// <summary>Update ratio below which the weight stands (torchmortem).</summary>
    public double UpdateRatio { get; init; } = 1e-5;

    /// <summary>Times that ratio which another weight must reach in the same sample: a low learning rate is no sign.</summary>
    public double Contrast { get; init; } = 10;

    /// <summary>Samples with an update, one after the other, that must show it (SageMaker Debugger).</summary>
    public int Samples { get; init; } = 5;

    /// <summary>When the loss does not fall.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new StalledLayerDetector(this);

    internal override void Validate()
    {
        Require(Gradient >= 0);
        Require(UpdateRatio >= 0);
        Require(Contrast >= 1);
        Require(Samples >= 1);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9007: a weight has a very small gradient and hardly changes, while another one of the model does. Info; Warning if
/// the loss does not fall. Biases, frozen weights and weights that are zero are left out, and so are the parts of an
/// embedding that were not looked up. Needs updates and weight norms.
/// </summary>
public sealed class StalledLayerDetector(StalledLayerOptions options) : IDetector
{
    private const string Remedy =
        "See what takes the gradient away between this layer and the loss: saturated or dead activations, a scale near zero, a branch "
        + "that hardly counts. Freeze the layer (requires_grad = false) if it is not to be trained.";

    private readonly StalledLayerOptions _options = options.Validated();
    private readonly LossTrend _loss = new(options.Loss);
    private readonly Dictionary<string, (int Samples, Episode Episode)> _tracks = new(StringComparer.Ordinal);

    /// <summary>The detector with its default thresholds.</summary>
    public StalledLayerDetector()
        : this(new StalledLayerOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        var ratios = step.Parameters
            .Where(UpdateRatio.IsJudged)
            .Select(parameter => (Parameter: parameter, Ratio: UpdateRatio.Of(parameter)))
            .Where(item => item.Ratio is not null)
            .ToList();
        if (ratios.Count < 2 || !(ratios.Max(item => item.Ratio) >= _options.Contrast * _options.UpdateRatio))
        {
            return [];
        }

        var findings = new List<Finding>();
        foreach (var (parameter, ratio) in ratios)
        {
            var (samples, episode) = _tracks.TryGetValue(parameter.Path, out var track) ? track : (0, new Episode());
            var gradient = MeanOfReached(parameter.Gradient!.Value);
            samples = ratio < _options.UpdateRatio && gradient < _options.Gradient ? samples + 1 : 0;
            _tracks[parameter.Path] = (samples, episode);
            if (samples == 0)
            {
                episode.End();
            }

            var severity = _loss.DoesNotFall ? FindingSeverity.Warning : FindingSeverity.Info;
            if (samples >= _options.Samples && episode.Rises(severity))
            {
                var message = $"'{parameter.Path}' stands still: a step changes it by {DepthFactorEstimate.Number(ratio!.Value)} of its norm and "
                    + $"the mean of its absolute gradient is {DepthFactorEstimate.Number(gradient)}, for {samples} samples"
                    + (_loss.DoesNotFall ? ", and the loss does not fall." : ".");
                findings.Add(new Finding(
                    RuleIds.StalledLayer, severity, parameter.Path, step.Step, ratio.Value, _options.UpdateRatio, message, Remedy));
            }
        }

        return findings;
    }

    /// <summary>Mean over the elements that are not exactly zero: rows of an embedding that were not looked up are.</summary>
    private static double MeanOfReached(TensorStatistics gradient) =>
        gradient.FiniteCount > gradient.ZeroCount ? gradient.MeanAbs * gradient.FiniteCount / (gradient.FiniteCount - gradient.ZeroCount) : 0;
}
