using System.CommandLine;
using StabilityAnalyzers.Cli.Commands;

namespace StabilityAnalyzers.Cli;

/// <summary>The tool <c>stability</c>: its commands, and how they end.</summary>
public static class StabilityTool
{
    /// <summary>Runs the tool.</summary>
    /// <param name="arguments">The command line without the name of the tool.</param>
    /// <param name="output">Where the result goes.</param>
    /// <param name="errors">Where everything else goes.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        var root = new RootCommand(
            """
            Predicts the gradient flow of TorchSharp models.

            Exit codes: 0 done; 1 the command ran, and what it looked for is (not) there, as each command says; 2 it could not run.
            """)
        {
            // One line for each command.
            FlowCommand.Create(output, errors),
            CheckCommand.Create(output, errors),
            BaselineCommand.Create(output, errors),
            ExplainCommand.Create(output, errors),
            SarifCommand.Create(output, errors),
        };

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                errors.WriteLine("stability: " + error.Message);
            }

            errors.WriteLine("Run with --help for what it can do.");
            return ExitCode.CouldNotRun;
        }

        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
    }

    /// <summary>Runs the work of a command, and reports what a user can put right.</summary>
    /// <param name="errors">Where to report.</param>
    /// <param name="work">The work, which returns an exit code.</param>
    internal static int Guard(TextWriter errors, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (CommandException exception)
        {
            errors.WriteLine("stability: " + exception.Message);
            return ExitCode.CouldNotRun;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine("stability: " + exception.Message);
            return ExitCode.CouldNotRun;
        }
    }
}
