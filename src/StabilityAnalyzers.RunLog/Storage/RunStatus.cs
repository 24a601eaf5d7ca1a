namespace StabilityAnalyzers.RunLog;

/// <summary>How far a run is, as its file says it at one moment.</summary>
/// <param name="Steps">Steps in the file.</param>
/// <param name="LastStep">Number of the latest of them; null if there is none.</param>
/// <param name="LastTime">Time of the latest of them since the start; null if there is none.</param>
/// <param name="Findings">Findings in the file.</param>
/// <param name="Lost">Steps and findings that could not be stored.</param>
/// <param name="Ended">When the file was closed; null if the run still goes on, or was killed.</param>
/// <param name="ProcessId">The process that wrote the file; null if it is not noted.</param>
/// <param name="Machine">Name of the machine that it ran on; null if it is not noted.</param>
public sealed record RunStatus(
    long Steps,
    long? LastStep,
    TimeSpan? LastTime,
    long Findings,
    long Lost,
    DateTimeOffset? Ended,
    long? ProcessId,
    string? Machine);
