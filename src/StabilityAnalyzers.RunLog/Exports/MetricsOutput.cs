using System.Diagnostics.Metrics;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Shows the last recorded step through <see cref="System.Diagnostics.Metrics"/>, for OpenTelemetry, Prometheus and
/// <c>dotnet-counters</c>. Nothing is computed until somebody collects. Every measurement has the run's identifier in
/// <c>stability.run.id</c>.
/// </summary>
/// <remarks>
/// Instruments, by the conventions of OpenTelemetry: <c>stability.training.loss</c>; <c>stability.gradient.norm</c> and
/// <c>stability.gradient.non_finite</c> ({element}) with <c>stability.parameter</c>; <c>stability.error_signal.ratio</c> with
/// <c>stability.layer</c>, the measured ratio to the last layer, and <c>stability.error_signal.predicted_ratio</c> beside it;
/// <c>stability.training.step</c> ({step}); and the counter <c>stability.findings</c> ({finding}) with <c>stability.rule.id</c>,
/// <c>stability.severity</c> and, of a layer, <c>stability.layer</c>.
/// </remarks>
public sealed class MetricsOutput : IRunOutput
{
    /// <summary>Name of the meter: what a collector subscribes to.</summary>
    public const string MeterName = "StabilityAnalyzers";

    private Meter? _meter;
    private Counter<long>? _findings;
    private RunInfo? _run;
    private volatile StepRecord? _last;

    /// <inheritdoc/>
    public void Begin(RunInfo run)
    {
        ArgumentNullException.ThrowIfNull(run);
        _meter?.Dispose();
        _run = run;
        _last = null;
        var meter = new Meter(new MeterOptions(MeterName)
        {
            Version = typeof(MetricsOutput).Assembly.GetName().Version?.ToString(3),
            Tags = [new("stability.run.id", run.RunId), new("stability.model", run.ModelType)],
        });
        meter.CreateObservableGauge("stability.training.loss", () => Single(step => step.Loss), description: "Loss of the last recorded step.");
        meter.CreateObservableGauge("stability.training.step", () => Single(step => step.Step), "{step}", "Number of the last recorded step.");
        meter.CreateObservableGauge("stability.gradient.norm", () => Parameters(gradient => gradient.L2), description: "Euclidean norm of a parameter's gradient.");
        meter.CreateObservableGauge("stability.gradient.non_finite", () => Parameters(gradient => gradient.NonFiniteCount), "{element}", "Elements of a parameter's gradient that are NaN or infinite.");
        meter.CreateObservableGauge("stability.error_signal.ratio", () => Layers(layer => layer.MeasuredRatio), description: "Root mean square of the error signal at a layer, relative to the last layer.");
        meter.CreateObservableGauge("stability.error_signal.predicted_ratio", () => Layers(layer => layer.PredictedRatio), description: "The same as it was predicted at the start of the run.");
        _findings = meter.CreateCounter<long>("stability.findings", "{finding}", "Faults that were found.");
        _meter = meter;
    }

    /// <inheritdoc/>
    public void Write(StepRecord step) => _last = step;

    /// <inheritdoc/>
    public void Write(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        var tags = new List<KeyValuePair<string, object?>>
        {
            RunTag,
            new("stability.rule.id", finding.RuleId),
            new("stability.severity", finding.Severity == FindingSeverity.Warning ? "warning" : "info"),
        };
        if (finding.Layer is { } layer)
        {
            tags.Add(new("stability.layer", layer));
        }

        _findings?.Add(1, tags.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _meter?.Dispose();
        _meter = null;
    }

    private KeyValuePair<string, object?> RunTag => new("stability.run.id", _run?.RunId);

    private IEnumerable<Measurement<double>> Single(Func<StepRecord, double?> value) =>
        _last is { } step && value(step) is { } number ? [new Measurement<double>(number, RunTag)] : [];

    private IEnumerable<Measurement<double>> Parameters(Func<TensorStatistics, double> value) =>
        from parameter in _last?.Parameters ?? []
        where parameter.Gradient is not null
        select new Measurement<double>(value(parameter.Gradient!.Value), RunTag, new("stability.parameter", parameter.Path));

    private IEnumerable<Measurement<double>> Layers(Func<LayerGradient, double?> value) =>
        _last is not { } step || _run is not { } run ? []
            : from layer in GradientProfile.Of(run, step).Layers
              let number = value(layer)
              where number is not null
              select new Measurement<double>(number!.Value, RunTag, new("stability.layer", layer.Path));
}
