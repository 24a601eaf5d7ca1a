namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="UnchangedParameterDetector"/>.</summary>
public sealed record UnchangedParameterOptions : DetectorOptions
{
    /// <summary>
    /// Samples with an update, one after the other, in which the parameter must stay as it is, to the last bit. The published
    /// test takes 3 and lets it change by 1e-5 of itself (SageMaker Debugger), which a low learning rate does as well.
    /// </summary>
    public int Samples { get; init; } = 5;

    /// <summary>
    /// Share of the parameter's norm that a step must be expected to change, by what it does to the others for their
    /// gradients. A float32 loses what is below 6e-8 of a weight, as the gradient of a bias before a normalisation, which is
    /// nothing but rounding.
    /// </summary>
    public double ExpectedChange { get; init; } = 1e-6;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new UnchangedParameterDetector(this);

    internal override void Validate()
    {
        Require(Samples >= 2);
        Require(ExpectedChange >= 0);
    }
}

/// <summary>
/// STAB9008: a parameter has a gradient and no step changes it, while steps change others: the optimizer does not have it.
/// Warning: what is computed for it is lost, and the layer stays as it was initialised. A parameter that something else
/// changes between the samples, as a second optimizer does, is left out. Needs updates and weight norms.
/// </summary>
public sealed class UnchangedParameterDetector(UnchangedParameterOptions options) : IDetector
{
    private const string Remedy =
        "Give the optimizer all parameters of the model, and make it after the model has been moved or changed (STAB3006); freeze the "
        + "parameter (requires_grad = false) if it is not to be trained.";

    private readonly UnchangedParameterOptions _options = options.Validated();
    private readonly Dictionary<string, Track> _tracks = new(StringComparer.Ordinal);

    /// <summary>The detector with its default thresholds.</summary>
    public UnchangedParameterDetector()
        : this(new UnchangedParameterOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        // A step that changes nothing was skipped, or its learning rate is 0.
        var moved = step.Parameters
            .Where(parameter => parameter is { Update: { MaxAbs: > 0, IsFinite: true }, Gradient: { L2: > 0, IsFinite: true } })
            .Select(parameter => parameter.Update!.Value.L2 / parameter.Gradient!.Value.L2)
            .ToArray();
        if (moved.Length == 0)
        {
            return [];
        }

        var least = moved.Min();

        var due = new List<(string Path, int Samples)>();
        foreach (var parameter in step.Parameters)
        {
            if (parameter.Update is not { } update || parameter.WeightNorm is not { } norm)
            {
                continue;
            }

            if (!_tracks.TryGetValue(parameter.Path, out var track))
            {
                _tracks.Add(parameter.Path, track = new Track());
            }

            var stays = update is { MaxAbs: 0, IsFinite: true }
                && parameter is { RequiresGrad: true, Gradient: { MaxAbs: > 0 } }
                && least * parameter.Gradient!.Value.L2 >= _options.ExpectedChange * norm
                && (track.Samples == 0 || norm.Equals(track.Norm));
            (track.Samples, track.Norm) = (stays ? track.Samples + 1 : 0, norm);
            if (track.Samples >= _options.Samples && !track.IsReported)
            {
                track.IsReported = true;
                due.Add((parameter.Path, track.Samples));
            }
        }

        return due.ConvertAll(item => new Finding(
            RuleIds.UnchangedParameter,
            FindingSeverity.Warning,
            item.Path,
            step.Step,
            item.Samples,
            _options.Samples,
            $"'{item.Path}' has a gradient, and the optimizer did not change it in {item.Samples} samples while it changed other parameters.",
            Remedy));
    }

    private sealed class Track
    {
        public int Samples { get; set; }

        public double Norm { get; set; }

        public bool IsReported { get; set; }
    }
}
