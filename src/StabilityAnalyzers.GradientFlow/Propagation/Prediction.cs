namespace StabilityAnalyzers.GradientFlow;

/// <summary>What is predicted of one layer with a weight.</summary>
/// <param name="NodeId">Its node in the graph.</param>
/// <param name="Path">Module path, or kind and node number where it has none.</param>
/// <param name="Kind">TorchSharp layer type.</param>
/// <param name="SecondMoment">E[z^2] of its output (the pre-activation); null if unknown.</param>
/// <param name="GradientRatio">
/// RMS of the error signal here divided by that at the last layer, element by element, as a recorder measures it; null if
/// unknown.
/// </param>
/// <param name="DepthFactor">The ratio without widths, strides and pooling: what rules judge; null if unknown.</param>
/// <param name="StepFactor">The part of the depth factor from this layer to the next one on its way; null if unknown.</param>
public sealed record LayerPrediction(
    int NodeId, string Path, string Kind, double? SecondMoment, double? GradientRatio, double? DepthFactor, double? StepFactor)
{
    /// <summary>What a recurrent layer does from time step to time step; null for every other layer.</summary>
    public RecurrentFlow? Recurrent { get; init; }
}

/// <summary>The gradient of a recurrent layer on its way back through time.</summary>
/// <param name="FactorPerStep">Factor on the RMS of the error signal of the hidden state for each time step; null if unknown.</param>
public sealed record RecurrentFlow(double? FactorPerStep)
{
    /// <summary>Second moment of the input; null if it is not known.</summary>
    internal double? Input { get; init; }

    /// <summary>The flow of the layer if it were another one, with the same input.</summary>
    /// <param name="operation">The other one.</param>
    internal RecurrentFlow? Of(Operation operation) => RecurrentFlows.Of(operation, Input);

    /// <summary>The part of the gradient at which it counts as lost: 6 depth scales (Schoenholz 2017).</summary>
    public const double Lost = 0.05;

    /// <summary>Steps back in time until 5 % of the gradient are left; infinite if it does not shrink, null if unknown.</summary>
    public double? Horizon => FactorPerStep switch
    {
        null => null,
        >= 1 => double.PositiveInfinity,
        var factor => Math.Log(Lost) / Math.Log(factor.Value),
    };
}

/// <summary>What one pass through a part of unknown repetition does.</summary>
/// <param name="NodeId">Its node in the graph.</param>
/// <param name="FactorPerPass">Factor on the RMS of the error signal for each pass, where the signal has settled; null if unknown.</param>
/// <param name="GrowthPerPass">Factor on the RMS of the signal itself for each pass; 1 where it settles, null if unknown.</param>
/// <param name="Body">The flow within one pass.</param>
public sealed record RepeatPrediction(int NodeId, double? FactorPerPass, double? GrowthPerPass, Prediction Body)
{
    /// <summary>Passes until the gradient has changed by a factor; null if it never does or nothing is known.</summary>
    /// <param name="limit">The factor, below 1 for a gradient that shrinks, above 1 for one that grows.</param>
    public double? PassesUntil(double limit) =>
        FactorPerPass is > 0 and var factor && Math.Log(limit) / Math.Log(factor) is > 0 and < double.PositiveInfinity and var passes ? passes : null;
}

/// <summary>What does most to shrink or grow the gradient between a layer and the last one.</summary>
/// <param name="Activation">Name of the activation behind the layers, or <c>linear</c> where there is none.</param>
/// <param name="Count">How many layers.</param>
/// <param name="FactorPerLayer">Their mean factor on the RMS of the error signal (geometric mean).</param>
/// <param name="NodeIds">The weight layers in question, in forward order.</param>
public sealed record GradientCause(string Activation, int Count, double FactorPerLayer, IReadOnlyList<int> NodeIds);

/// <summary>The predicted gradient flow of a model.</summary>
public sealed class Prediction
{
    internal Prediction(ModelGraph graph, IReadOnlyList<LayerPrediction> layers, LayerPrediction? last, double? logSpread, Func<int, GradientCause?> cause)
    {
        Graph = graph;
        Layers = layers;
        LastLayer = last;
        LogSpread = logSpread;
        this.cause = cause;
    }

    private readonly Func<int, GradientCause?> cause;

    /// <summary>The graph that was evaluated.</summary>
    public ModelGraph Graph { get; }

    /// <summary>The layers with weights, in forward order, known or not.</summary>
    public IReadOnlyList<LayerPrediction> Layers { get; }

    /// <summary>The layer to which all ratios refer; null if there is no layer that all others lead to.</summary>
    public LayerPrediction? LastLayer { get; }

    /// <summary>The parts that are passed through an unknown number of times, in forward order.</summary>
    public IReadOnlyList<RepeatPrediction> Repeats { get; internal init; } = [];

    /// <summary>True for the figures of a first look, which would be different if more were computed.</summary>
    internal bool IsRough { get; init; }

    /// <summary>
    /// Why figures are missing that no formula gives, in words for a person: the numeric pass would have cost too much, or depends on
    /// a size that is not known. Null if it was not needed or has given all.
    /// </summary>
    public string? MissingBecause { get; internal init; }

    /// <summary>
    /// Standard deviation of log10 of the first layer's gradient ratio from run to run, where the widths of the model make it
    /// large: its signal is unstable, small differences grow with depth, and one run tells little of the next. Null where the
    /// limit of wide layers holds.
    /// </summary>
    public double? LogSpread { get; }

    /// <summary>The layer with the least known depth factor greater than zero; null if none is known.</summary>
    public LayerPrediction? Weakest => Layers.Where(layer => layer.DepthFactor > 0).OrderBy(layer => layer.DepthFactor).FirstOrDefault();

    /// <summary>The layer with the greatest known depth factor; null if none is known.</summary>
    public LayerPrediction? Strongest => Layers.Where(layer => layer.DepthFactor > 0).OrderByDescending(layer => layer.DepthFactor).FirstOrDefault();

    /// <summary>True if every layer's depth factor is known.</summary>
    public bool IsComplete => LastLayer is not null && Layers.All(layer => layer.DepthFactor is not null);

    /// <summary>
    /// True if every depth factor is known and within the band in which networks train under every common optimizer: 6
    /// depth scales (Schoenholz 2017), that is 0.05 to 20; and no layer's output grows beyond the upper limit either. A factor
    /// of exactly 0 is a branch that starts at zero on purpose, and is not judged.
    /// </summary>
    /// <param name="least">Least healthy depth factor.</param>
    /// <param name="greatest">Greatest healthy depth factor, and greatest healthy RMS of a layer's output.</param>
    public bool IsHealthy(double least = 0.05, double greatest = 20) =>
        IsComplete && Layers.All(layer =>
            (layer.DepthFactor == 0 || (layer.DepthFactor >= least && layer.DepthFactor <= greatest))
            && !(layer.SecondMoment > greatest * greatest));

    /// <summary>The same without gradient ratios: for a graph with widths that are not those of the model, on which they depend.</summary>
    public Prediction WithoutRatios() => new(
        Graph,
        Layers.Select(layer => layer with { GradientRatio = null }).ToArray(),
        LastLayer is null ? null : LastLayer with { GradientRatio = null },
        LogSpread,
        cause)
    {
        Repeats = Repeats,
        MissingBecause = MissingBecause,
        IsRough = IsRough,
    };

    /// <summary>What does most to change the gradient between a layer and the last one; null if nothing is known.</summary>
    /// <param name="layer">A layer of this prediction.</param>
    public GradientCause? CauseOf(LayerPrediction layer) => cause(layer.NodeId);
}
