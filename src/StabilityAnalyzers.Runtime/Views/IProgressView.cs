using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>Shows a training while it runs. Disposing it leaves the terminal as it was.</summary>
internal interface IProgressView : IDisposable
{
    /// <summary>A step was recorded.</summary>
    void Show(StepRecord step);

    /// <summary>A finding was established.</summary>
    void Show(Finding finding);
}
