using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Tests.Sweep.Generation;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>What the whole prediction says of a sample whose first look settles it.</summary>
/// <param name="Seed">Seed of the sample.</param>
/// <param name="Kind">Which look.</param>
/// <param name="Extreme">The depth factor farthest from 1 that it finds.</param>
/// <param name="Whole">That of the whole prediction.</param>
internal sealed record ScreenComparison(int Seed, string Kind, double Extreme, double? Whole)
{
    /// <summary>Compares the looks at a sample with the whole prediction; nothing if there is no complete one.</summary>
    public static IEnumerable<ScreenComparison> Of(int seed)
    {
        var model = SampleGenerator.Generate(seed);
        if (SourcePrediction.Of(model.Source).Prediction is not { } whole)
        {
            yield break;
        }

        foreach (var (kind, look) in new (string, Func<ModelGraph, Prediction>)[] { ("wide", SignalPropagation.PredictWide), ("quick", SignalPropagation.PredictQuickly) })
        {
            var prediction = look(whole.Graph);
            if (prediction.IsComplete)
            {
                yield return new ScreenComparison(seed, kind, ExtremeOf(prediction), whole.IsComplete ? ExtremeOf(whole) : null);
            }
        }
    }

    /// <summary>log10 of the depth factor, or of the RMS of an output above 1, that is farthest from 1.</summary>
    private static double ExtremeOf(Prediction prediction) => prediction.Layers
        .SelectMany(layer => new[] { layer.DepthFactor ?? 1, Math.Sqrt(Math.Max(1, layer.SecondMoment ?? 1)) })
        .Where(factor => factor > 0)
        .Select(factor => Math.Log10(factor))
        .MaxBy(Math.Abs);
}
