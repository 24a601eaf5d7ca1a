namespace StabilityAnalyzers.RunLog;

/// <summary>The gradient that reaches one layer, measured at one step and predicted.</summary>
/// <param name="Path">Module path of the layer.</param>
/// <param name="Kind">Kind of layer; null if the run does not say.</param>
/// <param name="Calls">How often the layer was called in the step; the error signal is that of the first call.</param>
/// <param name="ErrorSignalRms">RMS of the error signal at the layer's output; null if it was not seen or is not finite.</param>
/// <param name="MeasuredRatio">
/// RMS of the error signal here / RMS at the reference layer; null if either is unknown or the latter is 0.
/// </param>
/// <param name="NormRatio">
/// The same with Euclidean norms, which undoes widths, strides and the sizes of maps, but not averaging (theory: the
/// depth factor is the ratio of the norms with averaging undone); null like the measured ratio.
/// </param>
/// <param name="PredictedRatio">The prediction of the measured ratio, for the same reference layer; null if unknown.</param>
/// <param name="PredictedDepthFactor">The predicted ratio without the geometry; null if unknown.</param>
public sealed record LayerGradient(
    string Path,
    string? Kind,
    int Calls,
    double? ErrorSignalRms,
    double? MeasuredRatio,
    double? NormRatio,
    double? PredictedRatio,
    double? PredictedDepthFactor)
{
    /// <summary>
    /// The part of the ratio that widths, pooling and stride make by themselves; null if the prediction does not say.
    /// </summary>
    public double? Geometry =>
        PredictedRatio / PredictedDepthFactor is { } geometry && double.IsNormal(geometry) && geometry > 0 ? geometry : null;

    /// <summary>The measured ratio with the predicted geometry divided out; null if either is unknown.</summary>
    public double? MeasuredDepthFactor => MeasuredRatio / Geometry;

    /// <summary>Decimal logarithm of the measured ratio; negative infinity for a ratio of 0; null if unknown.</summary>
    public double? Log10Measured => Log10(MeasuredRatio);

    /// <summary>Decimal logarithm of the predicted ratio; null if unknown.</summary>
    public double? Log10Predicted => Log10(PredictedRatio);

    private static double? Log10(double? ratio) => ratio is { } known ? Math.Log10(known) : null;
}
