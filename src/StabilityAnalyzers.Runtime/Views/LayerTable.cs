using Spectre.Console;
using Spectre.Console.Rendering;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>Tables of layers: rows are the layers, with their predicted and measured ratio side by side.</summary>
internal static class LayerTable
{
    /// <summary>The layers at one step.</summary>
    /// <param name="profile">What was measured.</param>
    /// <param name="maximumRows">Rows that fit; of more layers the middle is left out.</param>
    public static IRenderable Of(GradientProfile profile, int maximumRows)
    {
        Table table = New("layer", "kind", "predicted", "measured", "");
        foreach (LayerGradient? layer in WithoutMiddle(profile.Layers, maximumRows))
        {
            if (layer is null)
            {
                table.AddRow("...", "", "", "", "");
                continue;
            }

            LayerHealth health = LayerHealth.Of(layer.MeasuredRatio, layer.PredictedRatio, layer.PredictedDepthFactor);
            table.AddRow(
                Markup.Escape(Name(layer.Path, layer.Kind)),
                Markup.Escape(layer.Kind ?? ""),
                Figures.Ratio(layer.PredictedRatio),
                Coloured(Figures.Ratio(layer.MeasuredRatio), health),
                Coloured(health.Word, health));
        }

        return table;
    }

    /// <summary>The layers of a whole run: predicted, measured at the first step, and at the last.</summary>
    public static IRenderable Of(RunSummary summary)
    {
        Table table = New("layer", "kind", "predicted", "measured", "decades off", "latest", "");
        foreach (LayerSummary layer in summary.Layers)
        {
            LayerHealth health = LayerHealth.Of(layer.LatestRatio, layer.PredictedRatio, layer.PredictedDepthFactor);
            table.AddRow(
                Markup.Escape(Name(layer.Path, layer.Kind)),
                Markup.Escape(layer.Kind ?? ""),
                Figures.Ratio(layer.PredictedRatio),
                Figures.Ratio(layer.InitialRatio),
                Figures.Decades(layer.DecadesOff),
                Coloured(Figures.Ratio(layer.LatestRatio), health),
                Coloured(health.Word, health));
        }

        return table;
    }

    private static Table New(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column) { NoWrap = true, Alignment = column is "layer" or "kind" or "" ? Justify.Left : Justify.Right });
        }

        return table;
    }

    // A model that is a single layer has no path.
    private static string Name(string path, string? kind) => path.Length > 0 ? path : kind ?? "";

    private static string Coloured(string text, LayerHealth health) => text.Length == 0 ? "" : $"[{health.Colour}]{Markup.Escape(text)}[/]";

    private static IEnumerable<LayerGradient?> WithoutMiddle(IReadOnlyList<LayerGradient> layers, int maximum)
    {
        if (layers.Count <= maximum)
        {
            return layers;
        }

        int kept = Math.Max(2, maximum - 1);
        return [.. layers.Take((kept + 1) / 2), null, .. layers.Skip(layers.Count - (kept / 2))];
    }
}
