using System.CommandLine;
using StabilityAnalyzers.Cli.Flow;
using StabilityAnalyzers.Cli.Sources;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary><c>stability flow</c>: the graph of each model, what is predicted of its layers, and what was not understood.</summary>
internal static class FlowCommand
{
    /// <summary>The command.</summary>
    /// <param name="output">Where the result goes.</param>
    /// <param name="errors">Where everything else goes.</param>
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var source = new SourceArguments();
        var model = new Option<string?>("--model")
        {
            Description = "Only the model of this name: the full name of its type, or the last part of it.",
            HelpName = "NAME",
        };
        var format = new Option<FlowFormat>("--format")
        {
            Description = "table for people, json for programs, dot for Graphviz.",
            DefaultValueFactory = _ => FlowFormat.Table,
        };
        var command = new Command(
            "flow",
            """
            Prints the layers of each model in forward order: second moment of the output, gradient ratio and depth factor as
            predicted at initialisation, and the reason for each thing that was not understood.

            Exit codes: 0 printed; 1 there is no such model; 2 the source could not be read.
            """)
        {
            model, format,
        };
        source.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(StabilityTool.Guard(errors, () =>
        {
            var code = source.Load(parsed, errors, cancellation);
            var models = FlowReport.Create(code, parsed.GetValue(model), cancellation);
            FlowWriter.For(parsed.GetValue(format))(models, output);
            if (models.Count == 0)
            {
                errors.WriteLine(parsed.GetValue(model) is { } name ? $"stability: there is no model '{name}' here" : "stability: there is no model here");
                return ExitCode.Found;
            }

            return ExitCode.Done;
        })));
        return command;
    }
}
