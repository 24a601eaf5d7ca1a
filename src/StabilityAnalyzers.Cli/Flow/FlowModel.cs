using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Cli.Flow;

/// <summary>A model as <c>stability flow</c> prints it.</summary>
/// <param name="Name">Full name of its type, or of the method that makes it.</param>
/// <param name="IsClass">True for a module class, false for a <c>Sequential</c> in ordinary code.</param>
/// <param name="Graph">What its forward pass computes.</param>
/// <param name="Unknown">Each thing that was not understood, in words for a person.</param>
/// <param name="Layers">Its layers with weights, in forward order.</param>
internal sealed record FlowModel(string Name, bool IsClass, ModelGraph Graph, IReadOnlyList<string> Unknown, IReadOnlyList<FlowLayer> Layers)
{
    /// <summary>True if nothing is unknown, and so each layer has a depth factor.</summary>
    public bool IsComplete => Unknown.Count == 0;
}

/// <summary>A layer with weights.</summary>
/// <param name="Prediction">What is predicted of it.</param>
/// <param name="Location">Where it is made, as file(line,column).</param>
internal sealed record FlowLayer(LayerPrediction Prediction, string Location);
