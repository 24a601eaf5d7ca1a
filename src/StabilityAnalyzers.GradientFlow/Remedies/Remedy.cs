namespace StabilityAnalyzers.GradientFlow;

/// <summary>What a remedy changes in the model.</summary>
public enum RemedyKind
{
    /// <summary>Initialise each layer as the activation behind it asks for.</summary>
    FittingInitializer,

    /// <summary>Put ReLU in place of the activations, with He initialisation.</summary>
    ReluWithHe,
}

/// <summary>A change of the model graph and what it is predicted to achieve.</summary>
/// <param name="Kind">What is changed.</param>
/// <param name="Graph">The model after the change.</param>
/// <param name="Prediction">Its predicted gradient flow.</param>
/// <param name="Initializers">The weight layers that get a new initialiser: node id to initialiser.</param>
/// <param name="Activations">The activation nodes that are replaced; empty if none.</param>
public sealed record Remedy(
    RemedyKind Kind,
    ModelGraph Graph,
    Prediction Prediction,
    IReadOnlyDictionary<int, FittingInitializer> Initializers,
    IReadOnlyList<int> Activations)
{
    /// <summary>The predicted layer after the change.</summary>
    /// <param name="nodeId">Its node; remedies here keep the ids.</param>
    public LayerPrediction? LayerAfter(int nodeId) => Prediction.Layers.FirstOrDefault(layer => layer.NodeId == nodeId);
}
