using System.Globalization;
using Spectre.Console;

namespace StabilityAnalyzers.Cli.Flow;

/// <summary>Tables for people.</summary>
internal static class FlowTable
{
    /// <summary>Writes the models.</summary>
    public static void Write(IReadOnlyList<FlowModel> models, TextWriter output)
    {
        var isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        });
        if (!isTerminal)
        {
            // A file has no width; nothing in it should be cut.
            console.Profile.Width = 200;
        }

        foreach (var model in models)
        {
            Write(model, console);
        }

        var coverage = Coverage.Of(models);
        if (coverage.Classes > 0)
        {
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"{coverage.Complete} of {coverage.Classes} module classes are understood completely ({100.0 * coverage.Complete / coverage.Classes:0.#} %).");
        }
    }

    private static void Write(FlowModel model, IAnsiConsole console)
    {
        console.MarkupLineInterpolated($"[bold]{model.Name}[/]{(model.IsComplete ? "" : " (incomplete)")}");
        if (model.Layers.Count > 0)
        {
            var table = new Table().Border(TableBorder.Simple);
            table.AddColumn("layer");
            table.AddColumn("kind");
            table.AddColumn(new TableColumn("second moment").RightAligned());
            table.AddColumn(new TableColumn("gradient ratio").RightAligned());
            table.AddColumn(new TableColumn("depth factor").RightAligned());
            table.AddColumn("location");
            foreach (var (layer, location) in model.Layers)
            {
                table.AddRow(
                    new Text(layer.Path),
                    new Text(layer.Kind),
                    new Text(Number(layer.SecondMoment)),
                    new Text(Number(layer.GradientRatio)),
                    new Text(Number(layer.DepthFactor)),
                    new Text(location));
            }

            console.Write(table);
        }
        else
        {
            console.WriteLine("  no layer with weights");
        }

        foreach (var reason in model.Unknown)
        {
            console.MarkupLineInterpolated($"  not understood: {reason}");
        }

        console.WriteLine();
    }

    private static string Number(double? number) => number switch
    {
        null => "unknown",
        0 => "0",
        { } known when Math.Abs(known) is < 0.001 or >= 100_000 => known.ToString("0.00E0", CultureInfo.InvariantCulture),
        { } known => known.ToString("0.####", CultureInfo.InvariantCulture),
    };
}
