using System.Globalization;
using System.Text;

namespace StabilityAnalyzers.Tests.Sweep.Reporting;

/// <summary>Writes the results of a sweep to files.</summary>
internal static class SweepFiles
{
    /// <summary>Writes <c>sweep.csv</c>, <c>table.md</c>, and the worst samples with their source.</summary>
    /// <param name="folder">The folder, which is made.</param>
    /// <param name="results">The results.</param>
    /// <param name="worst">How many of the worst samples.</param>
    public static void Write(string folder, IReadOnlyList<SampleResult> results, int worst = 10)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "sweep.csv"), Csv(results));
        File.WriteAllText(Path.Combine(folder, "table.md"), Markdown(GroupFigures.Table(results)));
        foreach (var old in Directory.GetFiles(folder, "worst-*.cs"))
        {
            File.Delete(old);
        }

        var rank = 0;
        foreach (var result in Worst(results, worst))
        {
            File.WriteAllText(Path.Combine(folder, $"worst-{++rank:00}-seed-{result.Model.Seed}.cs"), Annotated(result));
        }
    }

    /// <summary>The samples with the greatest errors, within depth / width of a quarter.</summary>
    public static IEnumerable<SampleResult> Worst(IReadOnlyList<SampleResult> results, int count) => GroupFigures.Within(results)
        .Where(result => result.Error is not null && result.Measured.IsWithinFloat)
        .OrderByDescending(result => Math.Abs(result.Error!.Value))
        .Take(count);

    /// <summary>The source of a sample, with its figures as a comment in front.</summary>
    public static string Annotated(SampleResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// Seed {result.Model.Seed}: {result.Model.Group}, {result.Model.Kind}; {result.Model.Style}\n");
        text.Append(CultureInfo.InvariantCulture, $"// Depth {result.Model.Depth}, width {result.Model.Width:0.##}, input {string.Join(" x ", result.Model.Input.Shape)}\n");
        text.Append(CultureInfo.InvariantCulture, $"// log10 of the ratio: predicted {Figure(result.PredictedLog)}, measured {Figure(result.MeasuredLog)}, spread {Figure(result.Measured.LogSpread)}\n");
        if (result.Unknown is { } unknown)
        {
            text.Append("// Unknown: ").Append(unknown).Append('\n');
        }

        foreach (var (path, log) in result.Measured.LogRatios)
        {
            var predicted = result.Prediction?.Layers.FirstOrDefault(layer => layer.Path == path);
            text.Append(CultureInfo.InvariantCulture, $"//   {path,-24} predicted {Log(predicted?.GradientRatio),8}, measured {Figure(log),8}\n");
        }

        return text.Append(result.Model.Source).ToString();
    }

    /// <summary>A figure with two decimals, or a question mark.</summary>
    public static string Figure(double? value) => value is { } number ? number.ToString("0.00", CultureInfo.InvariantCulture) : "?";

    private static string Log(double? ratio) => Figure(ratio is null ? null : Math.Log10(ratio.Value));

    private static string Csv(IEnumerable<SampleResult> results)
    {
        var text = new StringBuilder("seed,group,kind,style,depth,width,depthOverWidth,normsOverBatch,predicted,measured,error,measuredSpread,predictedSpread,withinFloat,predictionMilliseconds,unknown\n");
        foreach (var result in results)
        {
            var model = result.Model;
            text.Append(CultureInfo.InvariantCulture, $"{model.Seed},{model.Group},{Quoted(model.Kind)},{Quoted(model.Style)},{model.Depth},{model.Width:0.##},{model.DepthOverWidth:0.###},{model.NormalizesOverBatch},");
            text.Append(CultureInfo.InvariantCulture, $"{result.PredictedLog:0.0000},{result.MeasuredLog:0.0000},{result.Error:0.0000},{result.Measured.LogSpread:0.0000},{result.Prediction?.LogSpread:0.0000},");
            text.Append(CultureInfo.InvariantCulture, $"{result.Measured.IsWithinFloat},{result.PredictionTime.TotalMilliseconds:0.0},{Quoted(result.Unknown ?? "")}\n");
        }

        return text.ToString();
    }

    private static string Quoted(string text) => "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static string Markdown(IEnumerable<GroupFigures> rows)
    {
        var text = new StringBuilder("| group | architectures | unknown | beyond float32 | median | 95 % | greatest | wrong direction |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Group} | {row.Count} | {row.Unknown} | {row.BeyondFloat} | {Figure(row.Median)} | {Figure(row.Percentile95)} | {Figure(row.Greatest)} | {row.SignErrors} |\n");
        }

        return text.ToString();
    }
}
