using System.Globalization;
using Spectre.Console;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Lines for an output that is redirected: about twenty for a training of known length; else the first steps, and then one
/// whenever the number of steps has grown by a half.
/// </summary>
internal sealed class PlainProgressView : IProgressView
{
    private const int Lines = 20;

    private readonly GradientRecorder _recorder;
    private readonly IAnsiConsole _console;
    private readonly long? _totalSteps;
    private long _next;

    public PlainProgressView(GradientRecorder recorder, IAnsiConsole console, long? totalSteps)
    {
        _recorder = recorder;
        _console = console;
        _totalSteps = totalSteps;
    }

    public void Show(StepRecord step)
    {
        if (step.Step < _next)
        {
            return;
        }

        _next = step.Step + (_totalSteps is { } total ? Math.Max(1, total / Lines) : Math.Max(1, step.Step / 2));
        string of = _totalSteps is { } all ? "/" + all.ToString(CultureInfo.InvariantCulture) : "";
        string line = $"step {step.Step}{of}  {Figures.Duration(step.Time)}  loss {Figures.Quantity(step.Loss)}";
        GradientProfile profile = GradientProfile.Of(_recorder.Run, step);
        if (profile is { First: { } first, Reference: { } last } && first.Path != last.Path)
        {
            line += $"  gradient at {first.Path}: {Figures.Ratio(first.MeasuredRatio)} of {last.Path}";
        }

        _console.WriteLine(line);
    }

    public void Show(Finding finding) => _console.WriteLine(SummaryView.TextOf(finding));

    public void Dispose()
    {
    }
}
