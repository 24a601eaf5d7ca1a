using System.Globalization;
using Spectre.Console;
using StabilityAnalyzers.Tests.Kit;
using StabilityAnalyzers.Tests.Sweep.Generation;

namespace StabilityAnalyzers.Tests.Sweep.Reporting;

/// <summary>The command <c>sweep</c>.</summary>
internal static class SweepConsole
{
    private const string Help = """
        sweep [COUNT] [--from SEED] [--out FOLDER]   generates, predicts and measures COUNT architectures (320 if not given)
        sweep --sample SEED                          the same for one, with its source and all of its layers
        """;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">What follows <c>sweep</c>.</param>
    /// <returns>0 if it ran, 1 if some sample did not, 2 if it was called wrongly.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        int count = 320, from = 1;
        int? sample = null;
        var folder = Repository.At("artifacts", "sweep");
        for (var i = 0; i < arguments.Count; i++)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : "";
            var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (arguments[i])
            {
                case "--from" when isNumber:
                    from = number;
                    i++;
                    break;
                case "--sample" when isNumber:
                    sample = number;
                    i++;
                    break;
                case "--out" when value.Length > 0:
                    folder = value;
                    i++;
                    break;
                case var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0:
                    count = asked;
                    break;
                default:
                    Console.WriteLine(Help);
                    return 2;
            }
        }

        if (sample is { } seed)
        {
            return One(seed);
        }

        var run = AnsiConsole.Profile.Capabilities.Interactive ? WithProgress(from, count) : SweepRun.Of(from, count);
        var results = run.Results;
        SweepFiles.Write(folder, results);
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 130);
        AnsiConsole.Write(Table(results));
        Reasons(results);
        foreach (var result in SweepFiles.Worst(results, 10))
        {
            Console.WriteLine(FormattableString.Invariant(
                $"seed {result.Model.Seed,5}  error {result.Error,6:0.00}  predicted {result.PredictedLog,7:0.00}  measured {result.MeasuredLog,7:0.00} +- {result.Measured.LogSpread:0.00}  {result.Model.Group}: {result.Model.Kind}"));
        }

        foreach (var (failed, reason) in run.Failures)
        {
            Console.WriteLine($"seed {failed} did not run: {reason}");
        }

        Console.WriteLine($"Every sample: {Path.Combine(folder, "sweep.csv")}");
        return run.Failures.Count == 0 ? 0 : 1;
    }

    private static int One(int seed)
    {
        var run = SweepRun.Of(seed, 1);
        foreach (var (_, reason) in run.Failures)
        {
            Console.WriteLine($"It did not run: {reason}");
            Console.WriteLine(SampleGenerator.Generate(seed).MeasuredSource);
        }

        foreach (var result in run.Results)
        {
            Console.Write(SweepFiles.Annotated(result));
        }

        return run.Failures.Count == 0 ? 0 : 1;
    }

    private static SweepRun WithProgress(int from, int count) => AnsiConsole.Progress().Start(context =>
    {
        var task = context.AddTask("architectures", maxValue: count);
        return SweepRun.Of(from, count, () => task.Increment(1));
    });

    private static Table Table(IReadOnlyList<SampleResult> results)
    {
        var table = new Table().Title("Error of the predicted gradient ratio of the first layer, in decades").Border(TableBorder.Simple);
        table.AddColumn("group");
        foreach (var column in new[] { "architectures", "unknown", "beyond float32", "median", "95 %", "greatest", "wrong direction" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var row in GroupFigures.Table(results))
        {
            table.AddRow(
                row.Group, $"{row.Count}", $"{row.Unknown}", $"{row.BeyondFloat}", SweepFiles.Figure(row.Median), SweepFiles.Figure(row.Percentile95),
                SweepFiles.Figure(row.Greatest), $"{row.SignErrors}");
        }

        return table;
    }

    private static void Reasons(IReadOnlyList<SampleResult> results)
    {
        foreach (var reason in results.Where(result => result.Unknown is not null).GroupBy(result => result.Unknown).OrderByDescending(group => group.Count()))
        {
            var seeds = string.Join(", ", reason.Take(6).Select(result => result.Model.Seed));
            Console.WriteLine($"unknown {reason.Count(),4}  {reason.Key}  (seeds {seeds})");
        }
    }
}
