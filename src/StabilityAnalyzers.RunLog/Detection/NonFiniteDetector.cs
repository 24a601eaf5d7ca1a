namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="NonFiniteDetector"/>.</summary>
public sealed record NonFiniteOptions : DetectorOptions
{
    /// <summary>So many finite samples after a fault, the next one is a new fault.</summary>
    public int CleanSamples { get; init; } = 5;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new NonFiniteDetector(this);

    internal override void Validate()
    {
        Require(CleanSamples >= 1);
    }
}

/// <summary>
/// STAB9003: a loss, an error signal or a gradient is NaN or infinite. Reported at once, as a Warning: no healthy
/// training has one.
/// </summary>
/// <remarks>
/// Which layer is named depends on where the number can have come from. If the loss is not finite, it arose in the forward
/// pass, and the first layer in forward order that shows it is named, after a layer whose weights are not finite. If
/// the loss is finite, the backward pass made it, and carries it from there to all layers before: the last layer in
/// forward order that shows it is named, the first that the backward pass met.
/// </remarks>
public sealed class NonFiniteDetector(NonFiniteOptions options) : IDetector
{
    private readonly NonFiniteOptions _options = options.Validated();
    private readonly Episode _episode = new();
    private int _clean;

    /// <summary>The detector with its default thresholds.</summary>
    public NonFiniteDetector()
        : this(new NonFiniteOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        var layers = step.Layers.Where(layer => layer.ErrorSignal is { IsFinite: false }).ToList();
        var parameters = step.Parameters.Where(parameter => parameter.Gradient is { IsFinite: false }).ToList();
        var lossIsBad = step.Loss is { } loss && !double.IsFinite(loss);
        if (!lossIsBad && layers.Count == 0 && parameters.Count == 0)
        {
            if (++_clean >= _options.CleanSamples)
            {
                _episode.End();
            }

            return [];
        }

        _clean = 0;
        if (!_episode.Rises(FindingSeverity.Warning))
        {
            return [];
        }

        var forward = lossIsBad || (step.Loss is null && step.Layers.LastOrDefault() is { ErrorSignal: { IsFinite: false } });
        var badWeights = step.Parameters.FirstOrDefault(parameter => parameter.WeightNorm is { } norm && !double.IsFinite(norm));
        var (path, count) = forward && badWeights is not null ? (badWeights.Path, 0)
            : layers.Count > 0 ? Named(forward ? layers[0] : layers[^1])
            : parameters.Count > 0 ? Named(forward ? parameters[0] : parameters[^1])
            : (null, 0);
        var message = $"{What(step, lossIsBad, layers.Count, parameters.Count)}; {Where(path, forward, badWeights is not null)}.";
        var remedy = forward
            ? "Look at what enters the model and its layers: NaN in the data, a division, a logarithm or a root near 0, a learning "
                + "rate that is too high."
            : "Look at the operations after this layer: a root or a division at 0, a norm of zeros, a value too large for the "
                + "number format.";
        return [new Finding(RuleIds.NonFinite, FindingSeverity.Warning, path, step.Step, Math.Max(count, 1), 0, message, remedy)];
    }

    private static (string? Path, long Count) Named(LayerRecord layer) => (layer.Path, layer.ErrorSignal!.Value.NonFiniteCount);

    private static (string? Path, long Count) Named(ParameterRecord parameter) =>
        (parameter.Path, parameter.Gradient!.Value.NonFiniteCount);

    private static string What(StepRecord step, bool lossIsBad, int layers, int parameters)
    {
        var parts = new List<string>();
        if (lossIsBad)
        {
            parts.Add(double.IsNaN(step.Loss!.Value) ? "the loss is NaN" : "the loss is infinite");
        }

        if (layers > 0)
        {
            parts.Add($"{layers} of {step.Layers.Count} error signals hold NaN or infinity");
        }

        if (parameters > 0)
        {
            parts.Add($"{parameters} of {step.Parameters.Count} gradients hold NaN or infinity");
        }

        return $"At step {step.Step} {string.Join(", ", parts)}";
    }

    private static string Where(string? path, bool forward, bool inWeights) => (path, forward, inWeights) switch
    {
        (null, _, _) => "no gradient was recorded that would say where",
        (_, true, true) => $"the weights of '{path}' are not finite",
        (_, true, false) => $"it arose in the forward pass, and '{path}' is the first layer in forward order that shows it",
        (_, false, _) => $"it arose in the backward pass, which met it first at '{path}'",
    };
}
