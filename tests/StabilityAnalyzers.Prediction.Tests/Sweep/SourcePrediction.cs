using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>What the analyzer says of a model, from its source alone.</summary>
internal static class SourcePrediction
{
    /// <summary>The reason where no ratio, but the depth factor of the first layer is known.</summary>
    public const string RatioUnknown = "ratio unknown, depth factor known";

    /// <summary>
    /// The prediction for the class <c>Generated.Net</c>; or why there is none, or more than one: then nothing would be reported
    /// of it as certain.
    /// </summary>
    public static (Prediction? Prediction, string? Unknown) Of(string source)
    {
        var compilation = SourceModel.Compile(source);
        var symbols = TorchSharpSymbols.TryGet(compilation) ?? throw new InvalidOperationException("TorchSharp was not found.");
        var type = compilation.GetTypeByMetadataName("Generated.Net") ?? throw new InvalidOperationException("There is no class Generated.Net.");
        var models = new ModelExtractor(symbols, Budget.Default).OfType(type, CancellationToken.None);
        if (models.Count != 1)
        {
            return (null, $"{models.Count} graphs");
        }

        var prediction = SignalPropagation.Predict(models[0].Graph);
        return (prediction, ReasonOf(models[0], prediction));
    }

    private static string? ReasonOf(ExtractedModel model, Prediction prediction)
    {
        if (prediction.Layers.Count > 0 && prediction.Layers[0].GradientRatio is not null)
        {
            return null;
        }

        var unknown = model.Unknowns.Concat(model.Graph.Unknowns).FirstOrDefault();
        return unknown ?? (prediction.Layers is [{ DepthFactor: not null }, ..] ? RatioUnknown : prediction.MissingBecause ?? "no formula");
    }
}
