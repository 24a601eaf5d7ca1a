using Spectre.Console;
using Spectre.Console.Rendering;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// The live table with its progress bar. A thread of its own draws the latest step a few times a second; training leaves
/// the step there and goes on.
/// </summary>
internal sealed class LiveProgressView : IProgressView
{
    private const int RowsAroundTheTable = 9;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly GradientRecorder _recorder;
    private readonly IAnsiConsole _console;
    private readonly long? _totalSteps;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private StepRecord? _latest;
    private Finding? _finding;

    public LiveProgressView(GradientRecorder recorder, IAnsiConsole console, long? totalSteps)
    {
        _recorder = recorder;
        _console = console;
        _totalSteps = totalSteps;
        _thread = new Thread(Draw) { IsBackground = true, Name = "StabilityAnalyzers live view" };
        Console.CancelKeyPress += OnEnd;
        AppDomain.CurrentDomain.ProcessExit += OnEnd;
        _thread.Start();
    }

    public void Show(StepRecord step) => Volatile.Write(ref _latest, step);

    public void Show(Finding finding) => Volatile.Write(ref _finding, finding);

    public void Dispose()
    {
        Console.CancelKeyPress -= OnEnd;
        AppDomain.CurrentDomain.ProcessExit -= OnEnd;
        End();
    }

    // The live display has hidden the cursor: it has to end before the process does.
    private void OnEnd(object? sender, EventArgs arguments) => End();

    private void End()
    {
        _stop.Set();
        _thread.Join(TimeSpan.FromSeconds(2));
    }

    private void Draw()
    {
        try
        {
            _console.Live(new Text("")).AutoClear(true).Start(context =>
            {
                StepRecord? drawn = null;
                do
                {
                    if (Volatile.Read(ref _latest) is { } step && !ReferenceEquals(step, drawn))
                    {
                        drawn = step;
                        context.UpdateTarget(Picture(step));
                        context.Refresh();
                    }
                }
                while (!_stop.Wait(s_interval));
            });
        }
        catch (Exception)
        {
            // A terminal that cannot be drawn to must not end the training; the summary follows all the same.
        }
    }

    private Rows Picture(StepRecord step)
    {
        var rows = new List<IRenderable>
        {
            LayerTable.Of(GradientProfile.Of(_recorder.Run, step), Math.Max(4, _console.Profile.Height - RowsAroundTheTable)),
            new Markup(ProgressLine(step)),
        };
        if (Volatile.Read(ref _finding) is { } finding)
        {
            rows.Add(new Text(SummaryView.TextOf(finding)));
        }

        return new Rows(rows);
    }

    private string ProgressLine(StepRecord step)
    {
        string loss = step.Loss is null ? "" : $"  loss {Figures.Quantity(step.Loss)}";
        if (_totalSteps is not { } total || total <= 0)
        {
            return $"step {step.Step}  {Figures.Duration(step.Time)}{loss}";
        }

        const int Width = 40;
        double share = Math.Clamp((step.Step + 1) / (double)total, 0, 1);
        int filled = (int)Math.Round(share * Width);
        TimeSpan left = share > 0 ? step.Time * ((1 - share) / share) : TimeSpan.Zero;
        string full = _console.Profile.Capabilities.Unicode ? "━" : "#";
        string empty = _console.Profile.Capabilities.Unicode ? "─" : "-";
        string bar = $"[green]{string.Concat(Enumerable.Repeat(full, filled))}[/][grey]{string.Concat(Enumerable.Repeat(empty, Width - filled))}[/]";
        return $"step {step.Step + 1}/{total} {bar} {100 * share:0} %  {Figures.Duration(step.Time)}, {Figures.Duration(left)} left{loss}";
    }
}
