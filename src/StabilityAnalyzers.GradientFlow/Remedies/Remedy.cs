namespace StabilityAnalyzers.GradientFlow;

/// <summary>What a remedy changes in the model, cheapest first.</summary>
public enum RemedyKind
{
    /// <summary>Initialise each layer as the activation behind it asks for.</summary>
    FittingInitializer,

    /// <summary>Initialise each linear layer with an orthogonal matrix, and the others as their activations ask for.</summary>
    Orthogonal,

    /// <summary>Put a <c>LayerNorm</c> between each linear layer and its activation (Ba 2016).</summary>
    LayerNorm,

    /// <summary>Put a <c>BatchNorm</c> between each convolution and its activation (Ioffe 2015), and a <c>LayerNorm</c> behind linear layers.</summary>
    BatchNorm,

    /// <summary>The same with a <c>GroupNorm</c> of one group, which takes its moments over a sample (Wu 2018).</summary>
    GroupNorm,

    /// <summary>Scale the branches of the residual connections that are there by 1/sqrt(L).</summary>
    ScaledResidual,

    /// <summary>Add a residual connection around each layer that keeps its width (He 2016); scaled by 1/sqrt(L) where that is needed.</summary>
    Residual,

    /// <summary>Put SELU in place of the activations, with the initialiser that it is made for (Klambauer 2017).</summary>
    SeluWithXavier,

    /// <summary>Put GELU in place of the activations, with He initialisation.</summary>
    GeluWithHe,

    /// <summary>Put ReLU in place of the activations, with He initialisation.</summary>
    ReluWithHe,

    /// <summary>Put tanh in place of the activations, with Xavier initialisation at gain 5/3.</summary>
    TanhWithXavier,

    /// <summary><see cref="ScaledResidual"/> and <see cref="FittingInitializer"/>.</summary>
    ScaledResidualWithInitializer,

    /// <summary><see cref="LayerNorm"/> and <see cref="FittingInitializer"/>.</summary>
    LayerNormWithInitializer,

    /// <summary><see cref="Residual"/> and <see cref="FittingInitializer"/>.</summary>
    ResidualWithInitializer,

    /// <summary><see cref="Residual"/> and <see cref="ReluWithHe"/>.</summary>
    ResidualWithRelu,
}

/// <summary>A change of the model graph and what it is predicted to achieve.</summary>
/// <param name="Kind">What is changed.</param>
/// <param name="Change">The changes, by nodes of the model as it was.</param>
/// <param name="Graph">The model after the change.</param>
public sealed record Remedy(RemedyKind Kind, GraphChange Change, ModelGraph Graph)
{
    private readonly Lazy<Prediction> wide = new(() => SignalPropagation.PredictWide(Graph));
    private readonly Lazy<Prediction> prediction = new(() => SignalPropagation.Predict(Graph));

    /// <summary>Its predicted gradient flow.</summary>
    public Prediction Prediction => prediction.Value;

    /// <summary>True if the limit of wide layers, which costs little, does not rule out that the model is healthy then.</summary>
    public bool IsPromising => wide.Value.IsHealthy(0.01, 100);

    /// <summary>True if it heals the model.</summary>
    public bool Heals => IsPromising && IsCure(Prediction);

    /// <summary>
    /// True for a model that is healthy, and whose first layer's ratio varies by less than a factor of 2 from run to run:
    /// what is promised of a remedy must hold in one run.
    /// </summary>
    /// <param name="prediction">The model after a change.</param>
    public static bool IsCure(Prediction prediction) => prediction.IsHealthy() && !(prediction.LogSpread > 0.3);

    /// <summary>True if it combines two changes, for models that one is not enough for.</summary>
    public bool IsCombined => Combines(Kind);

    /// <summary>True for the kinds that combine two changes.</summary>
    internal static bool Combines(RemedyKind kind) => kind >= RemedyKind.ScaledResidualWithInitializer;

    /// <summary>
    /// The depth factor of a layer after the change, in the limit of wide layers; null if it is not known, or the node is no layer
    /// with a weight.
    /// </summary>
    /// <param name="nodeId">Its node in the model as it was.</param>
    public double? DepthFactorAfter(int nodeId)
    {
        // A change adds operations and no layers with weights: they keep their order.
        var place = 0;
        while (place < Change.WeightLayers.Count && Change.WeightLayers[place] != nodeId)
        {
            place++;
        }

        if (place == Change.WeightLayers.Count)
        {
            return null;
        }

        foreach (var node in Graph.Nodes)
        {
            if (node.Operation.IsWeightLayer && place-- == 0)
            {
                return SignalPropagation.WideDepthFactor(Graph, node.Id);
            }
        }

        return null;
    }
}
