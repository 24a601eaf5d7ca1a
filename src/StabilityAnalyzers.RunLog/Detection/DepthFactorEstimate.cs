using System.Globalization;

namespace StabilityAnalyzers.RunLog;

/// <summary>The measured depth factor of a layer, the quantity that the detectors judge.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Value">The factor.</param>
/// <param name="IsExact">
/// True if the geometry is known from the prediction and divided out. Otherwise the value is the ratio of the norms, in
/// which averaging (pooling, a mean over positions) is still contained.
/// </param>
internal readonly record struct DepthFactorEstimate(LayerGradient Layer, double Value, bool IsExact)
{
    /// <summary>Of several calls only the first is measured: the norms are then not those of the whole signal.</summary>
    public static DepthFactorEstimate? Of(LayerGradient layer, LayerGradient reference) =>
        layer.MeasuredDepthFactor is { } exact ? new(layer, exact, IsExact: true)
        : layer.NormRatio is { } norm && layer.Calls <= 1 && reference.Calls <= 1 ? new(layer, norm, IsExact: false)
        : null;

    /// <summary>The evidence in words.</summary>
    public string Describe(LayerGradient reference)
    {
        var predicted = Layer.PredictedRatio is { } ratio ? $", predicted {Number(ratio)}" : "";
        var without = IsExact
            ? $"{Number(Value)} without the geometry"
            : $"{Number(Value)} as a ratio of norms; the geometry is not known and was allowed for";
        var measured = Number(Layer.MeasuredRatio ?? 0);
        return $"the error signal at '{Layer.Path}' is {measured} of that at '{reference.Path}'{predicted} ({without})";
    }

    /// <summary>Three digits, as everywhere in messages.</summary>
    public static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
