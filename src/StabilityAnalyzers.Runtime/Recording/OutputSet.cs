using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>The outputs of a run that go beside its file. One that throws is switched off and told once.</summary>
/// <param name="outputs">The outputs.</param>
/// <param name="problems">Where it is told.</param>
internal sealed class OutputSet(IReadOnlyList<IRunOutput> outputs, ProblemLog problems) : IDisposable
{
    private readonly List<IRunOutput> _working = [.. outputs];
    private bool _hasBegun;

    /// <summary>Gives a recorded step and its findings to all of them.</summary>
    public void Write(RunInfo run, StepRecord step, IReadOnlyList<Finding> findings)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            Each(output => output.Begin(run));
        }

        Each(output =>
        {
            output.Write(step);
            foreach (Finding finding in findings)
            {
                output.Write(finding);
            }
        });
    }

    /// <summary>Disposes of all of them, also of those that are switched off.</summary>
    public void Dispose()
    {
        foreach (IRunOutput output in outputs)
        {
            problems.Guard("output " + output.GetType().Name, output.Dispose);
        }

        _working.Clear();
    }

    private void Each(Action<IRunOutput> action) => _working.RemoveAll(output =>
    {
        try
        {
            action(output);
            return false;
        }
        catch (Exception exception)
        {
            problems.Report("output " + output.GetType().Name, $"{output.GetType().Name} is switched off: {exception.Message}", exception);
            return true;
        }
    });
}
