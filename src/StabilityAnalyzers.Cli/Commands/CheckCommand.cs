using System.CommandLine;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Cli.Checking;
using StabilityAnalyzers.Cli.Sarif;
using StabilityAnalyzers.Cli.Sources;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary><c>stability check</c>: every rule over a project or solution that need not know of it.</summary>
internal static class CheckCommand
{
    private enum Format
    {
        Text,
        Json,
        Sarif,
        GitHub,
    }

    private enum FailOn
    {
        Never,
        Info,
        Warning,
        Error,
    }

    /// <summary>The command.</summary>
    /// <param name="output">Where the result goes.</param>
    /// <param name="errors">Where everything else goes.</param>
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var source = new SourceArguments(solutions: true);
        var baseline = BaselineArguments.Option();
        var target = OutputFile.Option();
        var format = new Option<Format>("--format") { Description = "text for people, json for programs, sarif for code scanning, github for the log of a workflow.", DefaultValueFactory = _ => Format.Text };
        var failOn = new Option<FailOn>("--fail-on") { Description = "The least severity that ends with exit code 1.", DefaultValueFactory = _ => FailOn.Warning };
        var mode = new Option<AnalysisMode>("--mode") { Description = "How loud the rules are where the project's own configuration says nothing.", DefaultValueFactory = _ => AnalysisMode.Default };
        var command = new Command(
            "check",
            """
            Runs every rule over a project or a solution, for CI; the project need not refer to the analyzers. Severities and
            options of .editorconfig hold, and so does the baseline.

            Exit codes: 0 nothing found that counts; 1 findings; 2 the source or the baseline could not be read.
            """)
        {
            format, failOn, mode, baseline, target,
        };
        source.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(StabilityTool.Guard(errors, () =>
        {
            var file = parsed.GetValue(baseline) ?? BaselineArguments.Nearest(source.PathOf(parsed));
            var accepted = file is null ? [] : BaselineArguments.Read(file);
            var result = Check(source.LoadAll(parsed, errors, cancellation), parsed.GetValue(mode), accepted, cancellation);
            OutputFile.Write(parsed.GetValue(target), output, writer => Writer(parsed.GetValue(format))(result, writer));
            return result.Open.Any(finding => Counts(finding.Severity, parsed.GetValue(failOn))) ? ExitCode.Found : ExitCode.Done;
        })));
        return command;
    }

    /// <summary>Checks all projects against one baseline.</summary>
    public static CheckResult Check(
        IReadOnlyList<SourceCode> sources, AnalysisMode mode, IReadOnlyList<BaselineEntry> accepted, CancellationToken cancellation)
    {
        var findings = new List<CodeFinding>();
        var unmet = accepted.ToDictionary(entry => (entry.RuleId, entry.Symbol), entry => entry.Count);
        foreach (var code in sources)
        {
            // Each project has all of the baseline, as each build has.
            var matcher = new BaselineMatcher(accepted);
            findings.AddRange(CodeCheck.Run(code, mode, matcher, cancellation));
            var left = matcher.Unmet.ToDictionary(entry => (entry.RuleId, entry.Symbol), entry => entry.Count);
            foreach (var key in unmet.Keys)
            {
                unmet[key] = Math.Min(unmet[key], left.GetValueOrDefault(key));
            }
        }

        return new CheckResult(
            findings, [.. unmet.Where(pair => pair.Value > 0).Select(pair => new BaselineEntry(pair.Key.RuleId, pair.Key.Symbol, pair.Value))]);
    }

    private static Action<CheckResult, TextWriter> Writer(Format format) => format switch
    {
        Format.Json => FindingsJson.Write,
        Format.Sarif => FindingsSarif.Write,
        Format.GitHub => FindingsGitHub.Write,
        _ => FindingsText.Write,
    };

    private static bool Counts(DiagnosticSeverity severity, FailOn least) => least switch
    {
        FailOn.Never => false,
        FailOn.Info => true,
        FailOn.Warning => severity >= DiagnosticSeverity.Warning,
        _ => severity == DiagnosticSeverity.Error,
    };
}
