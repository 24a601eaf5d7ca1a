using StabilityAnalyzers.Configuration;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules;

/// <summary>A model as a rule over graphs sees it: no source, only nodes.</summary>
/// <param name="graph">The model.</param>
/// <param name="limits">How far its gradient may shrink or grow.</param>
/// <param name="weightCall">Which call initialised the weight of a node, compared by identity; null if none did.</param>
/// <param name="sizesAreKnown">False if some widths stand for widths that the code does not say.</param>
internal sealed class GraphSubject(ModelGraph graph, GradientLimits limits, Func<int, object?> weightCall, bool sizesAreKnown = true)
{
    private Prediction? _prediction;
    private Prediction? _whole;

    /// <summary>The model.</summary>
    public ModelGraph Graph => graph;

    /// <summary>False if some widths stand for widths that the code does not say.</summary>
    public bool SizesAreKnown => sizesAreKnown;

    /// <summary>Its gradient flow; where it is far from the limits, at less accuracy than <see cref="Whole"/>.</summary>
    public Prediction Prediction => _prediction ??= Known(SignalPropagation.Screen(graph, limits.LeastHealthy, limits.GreatestHealthy));

    /// <summary>Its gradient flow, for figures that are shown.</summary>
    public Prediction Whole => _whole ??= Known(SignalPropagation.Predict(graph));

    /// <summary>How far its gradient may shrink or grow.</summary>
    public GradientLimits Limits => limits;

    /// <summary>Which call initialised the weight of a node; null if none did.</summary>
    public object? WeightCall(int node) => weightCall(node);

    /// <summary>The same with another graph, judged by the same limits.</summary>
    public GraphSubject With(ModelGraph changed) => new(changed, limits, weightCall, sizesAreKnown);

    private Prediction Known(Prediction prediction) => sizesAreKnown ? prediction : prediction.WithoutRatios();
}
