namespace StabilityAnalyzers.RunLog;

/// <summary>How sure and how grave a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>A sign that is worth a look; healthy training shows it at times.</summary>
    Info,

    /// <summary>A fault: a statistical sign together with an effect, or a number that can never be right.</summary>
    Warning,
}

/// <summary>A fault that a detector saw, with its evidence.</summary>
/// <param name="RuleId">Rule ID of the fault, for example <c>STAB9001</c>.</param>
/// <param name="Severity">How grave it is.</param>
/// <param name="Layer">Path of the layer or parameter; null if the fault is of the whole model.</param>
/// <param name="Step">Step at which it was established.</param>
/// <param name="Value">The measured value that crossed the threshold.</param>
/// <param name="Threshold">The threshold.</param>
/// <param name="Message">One sentence for a person, with the numbers.</param>
/// <param name="Remedy">What to do about it, or null.</param>
public sealed record Finding(
    string RuleId,
    FindingSeverity Severity,
    string? Layer,
    long Step,
    double Value,
    double Threshold,
    string Message,
    string? Remedy = null)
{
    /// <summary>Address of the page about the fault; null if the rule ID is not one of <see cref="MeasuredFault.All"/>.</summary>
    public string? HelpLink => MeasuredFault.Of(RuleId)?.HelpLink;
}

/// <summary>
/// Reads the records of a run one after the other and says which faults they show. A detector holds the history that it
/// needs, looks at nothing but the records, and reports a fault once, when it is established, and again only after it
/// had gone.
/// </summary>
public interface IDetector
{
    /// <summary>Takes in the next step and returns the faults that it establishes.</summary>
    /// <param name="run">What does not change during the run.</param>
    /// <param name="step">The step, later than all before.</param>
    /// <returns>The findings; most often none.</returns>
    IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step);
}
