using Microsoft.Extensions.Logging;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Writes each finding to an <see cref="ILogger"/>, with rule, layer, step, value and threshold as structured values: a warning as
/// a warning, a sign as information. The begin of the run is logged at the debug level, steps are not logged.
/// </summary>
/// <param name="logger">The logger.</param>
public sealed partial class LoggerOutput(ILogger logger) : IRunOutput
{
    private readonly ILogger _logger = logger ?? throw new ArgumentNullException(nameof(logger));

    /// <inheritdoc/>
    public void Begin(RunInfo run)
    {
        ArgumentNullException.ThrowIfNull(run);
        LogBegin(_logger, run.RunId, run.ModelType, run.Layers.Count);
    }

    /// <inheritdoc/>
    public void Write(StepRecord step)
    {
    }

    /// <inheritdoc/>
    public void Write(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        LogFinding(
            _logger,
            finding.Severity == FindingSeverity.Warning ? LogLevel.Warning : LogLevel.Information,
            finding.RuleId, finding.Step, finding.Message, finding.Layer, finding.Value, finding.Threshold, finding.Remedy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "Recording run {RunId} of {ModelType} with {Layers} layers")]
    private static partial void LogBegin(ILogger logger, string runId, string modelType, int layers);

    [LoggerMessage(EventId = 2, Message = "{RuleId} at step {Step}: {Description} (layer {Layer}, value {Value}, threshold {Threshold}; {Remedy})")]
    private static partial void LogFinding(
        ILogger logger, LogLevel level, string ruleId, long step, string description, string? layer, double value, double threshold, string? remedy);
}
