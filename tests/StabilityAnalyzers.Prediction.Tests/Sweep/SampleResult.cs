using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Tests.Sweep.Generation;
using StabilityAnalyzers.Tests.Sweep.Measurement;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>A sample, what was predicted of it, and what TorchSharp computed.</summary>
/// <param name="Model">The sample.</param>
/// <param name="Prediction">The prediction; null if there is none.</param>
/// <param name="Unknown">Why the first layer's gradient ratio is not known; null if it is.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="PredictionTime">CPU time of compilation, extraction and prediction together.</param>
internal sealed record SampleResult(
    GeneratedModel Model, Prediction? Prediction, string? Unknown, MeasuredGradient Measured, TimeSpan PredictionTime)
{
    /// <summary>Number of seeds of a measurement.</summary>
    public const int Seeds = 5;

    /// <summary>log10 of the predicted gradient ratio of the first layer; null if unknown.</summary>
    public double? PredictedLog => Unknown is not null ? null
        : Prediction?.Layers[0].GradientRatio is { } ratio ? Math.Log10(ratio)
        : ComparesNorms ? Math.Log10(Prediction!.Layers[0].DepthFactor!.Value)
        : null;

    /// <summary>What it is compared with: the ratio, or where it depends on a length that the source does not say, the depth factor.</summary>
    public double MeasuredLog => ComparesNorms ? Measured.LogNormRatio + Math.Log10(Model.NormScale!.Value) : Measured.LogRatio;

    /// <summary>Predicted minus measured, in decades; null if unknown.</summary>
    public double? Error => PredictedLog - MeasuredLog;

    private bool ComparesNorms => Model.NormScale is not null && Prediction?.Layers is [{ GradientRatio: null, DepthFactor: not null }, ..];

    /// <summary>True if the prediction says that the gradient grows and it shrinks, or the other way round, by more than a decade.</summary>
    public bool IsSignError => Error is { } error && Math.Abs(error) > 1 && Math.Sign(PredictedLog!.Value) != Math.Sign(MeasuredLog);

    /// <summary>Generates, predicts and measures the sample of a seed.</summary>
    public static SampleResult Of(int seed) => Of(SampleGenerator.Generate(seed));

    /// <summary>Predicts and measures a sample.</summary>
    public static SampleResult Of(GeneratedModel model)
    {
        var create = SourceModel.Load(model.MeasuredSource);
        var start = Environment.CpuUsage.TotalTime;
        var (prediction, unknown) = SourcePrediction.Of(model.Source);
        unknown = unknown == SourcePrediction.RatioUnknown && model.NormScale is not null ? null : unknown;
        var time = Environment.CpuUsage.TotalTime - start;
        var measured = MeasuredGradient.Of(create, model.Input, Seeds);

        // A ratio of other layers than those that were measured is no prediction of them.
        if (unknown is null && (prediction!.Layers[0].Path != measured.First || prediction.LastLayer!.Path != measured.Last))
        {
            unknown = $"read as {prediction.Layers[0].Path} to {prediction.LastLayer!.Path}, ran as {measured.First} to {measured.Last}";
        }

        return new SampleResult(model, prediction, unknown, measured, time);
    }
}
