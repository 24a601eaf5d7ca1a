using System.CommandLine;
using StabilityAnalyzers.Cli.Sarif;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary><c>stability sarif merge</c>: the logs of a build's projects as one.</summary>
internal static class SarifCommand
{
    /// <summary>The command.</summary>
    /// <param name="output">Where the result goes.</param>
    /// <param name="errors">Where everything else goes.</param>
    public static Command Create(TextWriter output, TextWriter errors) => new("sarif", "Works on SARIF logs of a build.") { Merge(output, errors) };

    private static Command Merge(TextWriter output, TextWriter errors)
    {
        var files = new Argument<string[]>("LOG")
        {
            Description = "SARIF 2.1.0 logs, as a build writes them with -p:ErrorLog=log.sarif%2Cversion=2.1 for each project.",
            Arity = ArgumentArity.OneOrMore,
        };
        var target = OutputFile.Option();
        var command = new Command(
            "merge",
            """
            Makes one log of several: one run for each tool, what two logs report alike only once.

            Exit codes: 0 written; 2 a log is missing or damaged.
            """)
        {
            files, target,
        };
        command.SetAction(parsed => StabilityTool.Guard(errors, () =>
        {
            var runs = parsed.GetRequiredValue(files).SelectMany(SarifFile.Runs).ToList();
            OutputFile.Write(parsed.GetValue(target), output, writer => SarifFile.Write(SarifFile.Of(SarifMerge.Merge(runs)), writer));
            return ExitCode.Done;
        }));
        return command;
    }
}
