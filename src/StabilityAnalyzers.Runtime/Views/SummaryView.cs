using Spectre.Console;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>The table at the end of a run.</summary>
internal static class SummaryView
{
    /// <summary>Writes the layers, the findings, what could not be recorded, and where the run file is.</summary>
    public static void Write(IAnsiConsole console, GradientRecorder recorder)
    {
        RunSummary summary = recorder.Summary;
        console.WriteLine();
        if (summary.Layers.Count > 0)
        {
            console.WriteLine("Error signal of each layer, as a ratio to the last one (RMS):");
            console.Write(LayerTable.Of(summary));
        }

        string loss = summary.InitialLoss is null ? "" : $", loss {Figures.Quantity(summary.InitialLoss)} -> {Figures.Quantity(summary.LatestLoss)}";
        console.WriteLine($"{summary.Steps} steps recorded{loss}");
        var remedies = new HashSet<string>(StringComparer.Ordinal);
        foreach (Finding finding in summary.Findings)
        {
            console.MarkupLine($"[{(finding.Severity == FindingSeverity.Warning ? "red" : "yellow")}]{Markup.Escape(TextOf(finding))}[/]");
            if (finding.Remedy is { } remedy && remedies.Add(remedy))
            {
                console.WriteLine("  " + remedy);
            }
        }

        if (summary.Findings.Count == 0)
        {
            console.WriteLine("No findings.");
        }

        foreach (RecorderProblem problem in recorder.Problems)
        {
            console.MarkupLine($"[yellow]Not recorded:[/] {Markup.Escape(problem.Message)}");
        }

        if (recorder.RunFile is { } path)
        {
            // Not wrapped: a path is copied.
            console.Profile.Out.Writer.WriteLine("Run file: " + path);
        }
    }

    /// <summary>A finding as one line.</summary>
    public static string TextOf(Finding finding) =>
        $"{finding.RuleId} {(finding.Severity == FindingSeverity.Warning ? "warning" : "info")} at step {finding.Step}: {finding.Message}";
}
