using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>The figure in the title of a fix: what a measurement would give before and after.</summary>
internal static class GradientFigure
{
    // Beyond it an output is out of bounds.
    private const double Greatest = 20;

    /// <summary>
    /// The gradient ratio of a layer, or the root mean square of its output where that is what is out of bounds; empty where
    /// it is not known.
    /// </summary>
    /// <param name="path">Path of the layer.</param>
    /// <param name="before">The prediction for the source as it is.</param>
    /// <param name="after">The prediction for the changed source: the same layers, maybe under other paths.</param>
    public static string Of(string? path, Prediction before, Prediction after)
    {
        var index = before.Layers.ToList().FindIndex(layer => layer.Path == path);
        if (index < 0 || before.Layers.Count != after.Layers.Count)
        {
            return "";
        }

        var (old, now) = (before.Layers[index], after.Layers[index]);
        var useSignal = old.SecondMoment is { } q && Math.Sqrt(q) > Greatest && !(old.DepthFactor > Greatest);
        var useRatio = now.GradientRatio is not null && (old.GradientRatio is not null || old.DepthFactor is null);
        double? Value(LayerPrediction layer) =>
            useSignal ? Math.Sqrt(layer.SecondMoment ?? double.NaN) : useRatio ? layer.GradientRatio : layer.DepthFactor;
        return Value(now) is { } to
            ? $" ({(useSignal ? "output of" : "gradient at")} '{path}': {(Value(old) is { } from ? Figures.ForPeople(from) + " -> " : "")}{Figures.ForPeople(to)})"
            : "";
    }
}
