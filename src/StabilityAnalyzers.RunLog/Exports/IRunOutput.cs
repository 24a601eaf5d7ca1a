namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Takes a run as it goes on: its description once, then each recorded step and each finding in their order. An output is used
/// from one thread at a time. What it throws does not reach the training: the recorder switches it off and says so once.
/// </summary>
public interface IRunOutput : IDisposable
{
    /// <summary>Takes the description of the run, before anything else.</summary>
    /// <param name="run">The run.</param>
    void Begin(RunInfo run);

    /// <summary>Takes a recorded step.</summary>
    /// <param name="step">The step.</param>
    void Write(StepRecord step);

    /// <summary>Takes a finding.</summary>
    /// <param name="finding">The finding, of the step before.</param>
    void Write(Finding finding);
}
