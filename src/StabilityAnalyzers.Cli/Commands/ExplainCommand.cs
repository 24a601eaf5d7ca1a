using System.CommandLine;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary><c>stability explain</c>: the page of a rule in the terminal.</summary>
internal static class ExplainCommand
{
    /// <summary>The command.</summary>
    /// <param name="output">Where the result goes.</param>
    /// <param name="errors">Where everything else goes.</param>
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var id = new Argument<string?>("ID") { Description = "A rule, for example STAB3001; without it the rules are listed.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(
            "explain",
            """
            Prints what a rule reports, why, wrong and right code, its fix and its options.

            Exit codes: 0 printed; 2 there is no such rule.
            """)
        {
            id,
        };
        command.SetAction(parsed => StabilityTool.Guard(errors, () =>
        {
            if (parsed.GetValue(id) is { } rule)
            {
                output.Write(Page(rule.ToUpperInvariant()));
            }
            else
            {
                foreach (var descriptor in RuleCatalog.ById.Values)
                {
                    output.WriteLine($"{descriptor.Id}  {descriptor.DefaultSeverity,-7}  {descriptor.Title}");
                }
            }

            return ExitCode.Done;
        }));
        return command;
    }

    private static string Page(string id)
    {
        using var stream = RuleCatalog.ById.ContainsKey(id) ? typeof(ExplainCommand).Assembly.GetManifestResourceStream(id + ".md") : null;
        if (stream is null)
        {
            throw new CommandException($"there is no rule '{id}'; 'stability explain' lists them");
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
