namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="RecurrentDecayDetector"/>.</summary>
public sealed record RecurrentDecayOptions : DetectorOptions
{
    /// <summary>RMS of the error signal at the first time step / at the last, below which the gradient fades (Chen 2018).</summary>
    public double Ratio { get; init; } = 1e-3;

    /// <summary>Time steps that a sequence must have.</summary>
    public int MinimumCalls { get; init; } = 8;

    /// <summary>Samples of which at least half must show it.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Least RMS at the last time step; below it nothing is said.</summary>
    public double MinimumReference { get; init; } = 1e-30;

    /// <summary>When the loss does not fall.</summary>
    public LossTrendOptions Loss { get; init; } = new();

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new RecurrentDecayDetector(this);

    internal override void Validate()
    {
        Require(Ratio > 0);
        Require(MinimumCalls >= 2);
        Require(Window >= 1);
        Require(MinimumReference >= 0);
        Loss.Validate();
    }
}

/// <summary>
/// STAB9021: the gradient of a recurrent cell fades on its way back through the sequence, so that what happened at its
/// beginning cannot be learnt. Info; Warning if the loss does not fall. Seen where a cell is called for each time step; a
/// whole LSTM or GRU layer shows only what reaches it from outside.
/// </summary>
public sealed class RecurrentDecayDetector(RecurrentDecayOptions options) : IDetector
{
    private const string Remedy =
        "Use an LSTM or GRU with a positive forget bias, orthogonal recurrent weights, shorter sequences, or attention over the states.";

    private readonly RecurrentDecayOptions _options = options.Validated();
    private readonly LossTrend _loss = new(options.Loss);
    private readonly Dictionary<string, PersistentSign> _signs = new(StringComparer.Ordinal);

    /// <summary>The detector with its default thresholds.</summary>
    public RecurrentDecayDetector()
        : this(new RecurrentDecayOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        _loss.Add(step);
        var findings = new List<Finding>();
        foreach (var layer in step.Layers)
        {
            if (layer.Calls < _options.MinimumCalls
                || layer is not { ErrorSignal: { IsFinite: true } first, LastErrorSignal: { IsFinite: true } last }
                || !(last.Rms >= _options.MinimumReference)
                || !IsCell(run, layer.Path))
            {
                continue;
            }

            if (!_signs.TryGetValue(layer.Path, out var sign))
            {
                _signs.Add(layer.Path, sign = new PersistentSign(_options.Window));
            }

            var ratio = first.Rms / last.Rms;
            var severity = _loss.DoesNotFall ? FindingSeverity.Warning : FindingSeverity.Info;
            if (sign.Shows(ratio < _options.Ratio) && sign.Rises(severity))
            {
                var message = $"The gradient fades within the sequence: at the first of {layer.Calls} calls of '{layer.Path}' it is "
                    + $"{DepthFactorEstimate.Number(ratio)} of that at the last"
                    + (_loss.DoesNotFall ? ", and the loss does not fall." : ".");
                findings.Add(new Finding(RuleIds.RecurrentDecay, severity, layer.Path, step.Step, ratio, _options.Ratio, message, Remedy));
            }
        }

        return findings;
    }

    private static bool IsCell(RunInfo run, string path) =>
        run.Layers.FirstOrDefault(layer => layer.Path == path)?.Kind is "RNNCell" or "GRUCell" or "LSTMCell";
}
