namespace StabilityAnalyzers.RunLog;

/// <summary>Thresholds of <see cref="OscillationDetector"/>.</summary>
public sealed record OscillationOptions : DetectorOptions
{
    /// <summary>Samples that are looked at (torchmortem).</summary>
    public int Window { get; init; } = 50;

    /// <summary>
    /// Correlation of each sample with the next, once a straight line is taken away, below which the loss oscillates. Noise has
    /// 0 +- 0.14 over 50 samples, a loss that goes up and down in turn has -1.
    /// </summary>
    public double Correlation { get; init; } = -0.6;

    /// <summary>Least standard deviation about the line, as a share of the mean: smaller swings harm nobody.</summary>
    public double Amplitude { get; init; } = 0.1;

    /// <summary>Fall between the halves of the window, as a share, below which the swings are a fault.</summary>
    public double MinimumFall { get; init; } = 0.05;

    /// <inheritdoc/>
    public override IDetector CreateDetector() => new OscillationDetector(this);

    internal override void Validate()
    {
        Require(Window >= 20);
        Require(Correlation is > -1 and < 0);
        Require(Amplitude >= 0);
        Require(MinimumFall >= 0);
    }
}

/// <summary>
/// STAB9012: the loss goes up and down from one sample to the next, as it does when steps are too long for the curvature.
/// Info for the sign; Warning if the loss does not fall and never got far below its beginning.
/// </summary>
public sealed class OscillationDetector(OscillationOptions options) : IDetector
{
    private const string Remedy =
        "Lower the learning rate or the momentum. If the same batches come in the same order, shuffle them.";

    private readonly OscillationOptions _options = options.Validated();
    private readonly RunningValues _recent = new(options.Window);
    private readonly PersistentSign _sign = new(options.Window / 5);
    private double? _first;

    /// <summary>The detector with its default thresholds.</summary>
    public OscillationDetector()
        : this(new OscillationOptions())
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
    {
        if (step.Loss is not { } loss)
        {
            return [];
        }

        if (!double.IsFinite(loss))
        {
            _recent.Clear();
            return [];
        }

        _recent.Add(loss);
        if (!_recent.IsFull)
        {
            return [];
        }

        var mean = _recent.Mean;
        _first ??= mean;
        var residuals = Residuals([.. _recent.All]);
        var power = residuals.Sum(value => value * value);
        var correlation = power > 0 ? residuals.Zip(residuals.Skip(1)).Sum(pair => pair.First * pair.Second) / power : 0;
        var amplitude = Math.Sqrt(power / residuals.Length) / Math.Abs(mean);
        if (!_sign.Shows(correlation < _options.Correlation && amplitude > _options.Amplitude && double.IsFinite(amplitude)))
        {
            return [];
        }

        var half = _recent.Count / 2;
        var before = _recent.All.Take(half).Average();
        var after = _recent.All.Skip(half).Average();
        var learns = before - after >= _options.MinimumFall * Math.Abs(before) || _first - mean >= 2 * _options.MinimumFall * Math.Abs(_first.Value);
        var severity = learns ? FindingSeverity.Info : FindingSeverity.Warning;
        if (!_sign.Rises(severity))
        {
            return [];
        }

        var message = $"The loss oscillates: each of the last {_recent.Count} samples has a correlation of {DepthFactorEstimate.Number(correlation)} "
            + $"with the next, swings of {DepthFactorEstimate.Number(amplitude)} of the mean {DepthFactorEstimate.Number(mean)}"
            + (learns ? "." : ", and the loss does not fall.");
        return [new Finding(RuleIds.Oscillation, severity, null, step.Step, correlation, _options.Correlation, message, Remedy)];
    }

    /// <summary>What is left of a sequence when the straight line of least squares is taken away.</summary>
    private static double[] Residuals(double[] values)
    {
        var centre = (values.Length - 1) / 2.0;
        var mean = values.Average();
        var slope = values.Select((value, i) => (i - centre) * (value - mean)).Sum()
            / values.Select((_, i) => (i - centre) * (i - centre)).Sum();
        return [.. values.Select((value, i) => value - mean - (slope * (i - centre)))];
    }
}
