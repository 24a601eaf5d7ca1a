namespace StabilityAnalyzers.GradientFlow;

/// <summary>How much a numeric pass computes.</summary>
/// <param name="Samples">Samples in the batch.</param>
/// <param name="MostFeatures">Layers that are wider are computed with so many features.</param>
/// <param name="Replicas">How many times, with new weights.</param>
/// <param name="Numeric">Shapes with the positions that are computed, which may be fewer than in the model.</param>
internal sealed record NumericScale(int Samples, int MostFeatures, int Replicas, GraphGeometry Numeric)
{
    /// <summary>The number of features that stand for a layer's width.</summary>
    internal int Features(double width) => (int)Math.Max(1, Math.Min(MostFeatures, Math.Round(width)));
}
