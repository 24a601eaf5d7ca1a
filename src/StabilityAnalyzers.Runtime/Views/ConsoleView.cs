using Spectre.Console;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Shows a recorder in the terminal: while training runs, a table of the layers with a progress bar, or plain lines where
/// the output is redirected; at the end each layer's predicted and measured ratio side by side, the findings and the run
/// file. Training never waits for the terminal, and nothing is thrown into it.
/// </summary>
/// <example>
/// <code>
/// using var recorder = GradientRecorder.Attach(model);
/// using var console = ConsoleView.Start(recorder, totalSteps: 1000);
/// </code>
/// </example>
public sealed class ConsoleView : IDisposable
{
    /// <summary>Where there is no terminal whose width counts, a sentence stays on one line, so that it can be searched for.</summary>
    private const int WidthOfRedirectedOutput = 1000;

    private readonly GradientRecorder _recorder;
    private readonly IAnsiConsole _console;
    private readonly IProgressView _progress;
    private int _isDisposed;

    private ConsoleView(GradientRecorder recorder, long? totalSteps, IAnsiConsole? console)
    {
        _recorder = recorder;
        _console = console ?? Open();
        _progress = _console.Profile.Capabilities.Interactive && _console.Profile.Capabilities.Ansi
            ? new LiveProgressView(recorder, _console, totalSteps)
            : new PlainProgressView(recorder, _console, totalSteps);
        recorder.StepRecorded += OnStep;
        recorder.FindingEstablished += OnFinding;
    }

    /// <summary>Starts showing a recorder.</summary>
    /// <param name="recorder">The recorder.</param>
    /// <param name="totalSteps">How many steps the training will take; null if that is not known.</param>
    /// <param name="console">Where to show it; null for the terminal of the process.</param>
    /// <returns>The view; disposing it restores the terminal and prints the summary. Dispose it before the recorder.</returns>
    /// <exception cref="ArgumentNullException">No recorder.</exception>
    public static ConsoleView Start(GradientRecorder recorder, long? totalSteps = null, IAnsiConsole? console = null)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        return new ConsoleView(recorder, totalSteps, console);
    }

    /// <summary>Ends the live view and prints the summary.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _recorder.StepRecorded -= OnStep;
        _recorder.FindingEstablished -= OnFinding;
        try
        {
            _progress.Dispose();
            SummaryView.Write(_console, _recorder);
        }
        catch (IOException)
        {
            // A pipe that nobody reads any more.
        }
    }

    private static IAnsiConsole Open()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (!console.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            console.Profile.Capabilities.Interactive = false;
            console.Profile.Width = WidthOfRedirectedOutput;
        }

        return console;
    }

    private void OnStep(object? sender, StepRecord step) => _progress.Show(step);

    private void OnFinding(object? sender, Finding finding) => _progress.Show(finding);
}
