using System.CommandLine;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Cli.Checking;
using StabilityAnalyzers.Cli.Sources;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary><c>stability baseline</c>: writes down what is accepted for now.</summary>
internal static class BaselineCommand
{
    /// <summary>The command.</summary>
    /// <param name="output">Where the result goes.</param>
    /// <param name="errors">Where everything else goes.</param>
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var source = new SourceArguments(solutions: true);
        var baseline = BaselineArguments.Option();
        var acceptNew = new Option<bool>("--accept-new") { Description = "Accepts new findings too. Without it an existing baseline only shrinks." };
        var includeInfo = new Option<bool>("--include-info") { Description = "Writes findings of severity Info as well." };
        var mode = new Option<AnalysisMode>("--mode") { Description = "How loud the rules are where the project's own configuration says nothing.", DefaultValueFactory = _ => AnalysisMode.Default };
        var command = new Command(
            "baseline",
            $"""
            Writes the findings of a project or a solution to {BaselineFile.FileName}; the analyzers and 'stability check' then accept
            them. Where the file exists already, entries without a finding are taken out, and new findings are only listed.

            Exit codes: 0 written; 1 written, and there are findings that it does not accept; 2 the source or the baseline could not be read.
            """)
        {
            baseline, acceptNew, includeInfo, mode,
        };
        source.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(StabilityTool.Guard(errors, () =>
        {
            var start = source.PathOf(parsed);
            var file = parsed.GetValue(baseline) ?? BaselineArguments.Nearest(start) ?? Path.Combine(BaselineArguments.FolderOf(start) ?? ".", BaselineFile.FileName);
            var before = File.Exists(file) ? BaselineArguments.Read(file) : null;
            var least = parsed.GetValue(includeInfo) ? DiagnosticSeverity.Info : DiagnosticSeverity.Warning;
            var found = Entries(source.LoadAll(parsed, errors, cancellation), parsed.GetValue(mode), least, cancellation);
            var after = before is null || parsed.GetValue(acceptNew) ? found : Common(before, found);
            OutputFile.Write(file, output, writer => writer.Write(BaselineFile.Write(after)));
            return Report(file, before ?? [], found, after, output);
        })));
        return command;
    }

    private static IReadOnlyList<BaselineEntry> Entries(
        IReadOnlyList<SourceCode> sources, AnalysisMode mode, DiagnosticSeverity least, CancellationToken cancellation)
    {
        var counts = new Dictionary<(string RuleId, string Symbol), int>();
        foreach (var code in sources)
        {
            var open = CodeCheck.Run(code, mode, new BaselineMatcher([]), cancellation)
                .Where(finding => finding.State == FindingState.Open && finding.Severity >= least && finding.Rule.Category != RuleCategory.Configuration);
            foreach (var group in open.GroupBy(finding => (finding.Rule.Id, finding.Symbol)))
            {
                // A file that two projects share has its findings in both.
                counts[group.Key] = Math.Max(counts.GetValueOrDefault(group.Key), group.Count());
            }
        }

        return [.. counts.Select(pair => new BaselineEntry(pair.Key.RuleId, pair.Key.Symbol, pair.Value))];
    }

    // What is both accepted and there: as often as the lesser of the two says.
    private static IReadOnlyList<BaselineEntry> Common(IReadOnlyList<BaselineEntry> before, IReadOnlyList<BaselineEntry> found)
    {
        var counts = found.ToDictionary(entry => (entry.RuleId, entry.Symbol), entry => entry.Count);
        return
        [
            .. before
                .Select(entry => entry with { Count = Math.Min(entry.Count, counts.GetValueOrDefault((entry.RuleId, entry.Symbol))) })
                .Where(entry => entry.Count > 0),
        ];
    }

    private static int Report(
        string file, IReadOnlyList<BaselineEntry> before, IReadOnlyList<BaselineEntry> found, IReadOnlyList<BaselineEntry> after, TextWriter output)
    {
        foreach (var entry in Without(before, after))
        {
            output.WriteLine($"taken out: {entry}");
        }

        var open = Without(found, after).ToList();
        foreach (var entry in open)
        {
            output.WriteLine($"not accepted: {entry}");
        }

        output.WriteLine($"{file}: {after.Sum(entry => entry.Count)} accepted"
            + (open.Count > 0 ? $", {open.Sum(entry => entry.Count)} new and not accepted (--accept-new accepts them)" : ""));
        return open.Count > 0 ? ExitCode.Found : ExitCode.Done;
    }

    // What the first list has more than the second.
    private static IEnumerable<BaselineEntry> Without(IReadOnlyList<BaselineEntry> entries, IReadOnlyList<BaselineEntry> others)
    {
        var counts = others.ToDictionary(entry => (entry.RuleId, entry.Symbol), entry => entry.Count);
        return entries
            .Select(entry => entry with { Count = entry.Count - counts.GetValueOrDefault((entry.RuleId, entry.Symbol)) })
            .Where(entry => entry.Count > 0)
            .OrderBy(entry => entry.Symbol, StringComparer.Ordinal).ThenBy(entry => entry.RuleId, StringComparer.Ordinal);
    }
}
