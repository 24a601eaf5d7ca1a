using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <summary>What the interpreter made of a model: its graph, and where in the source each node comes from.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Sites">For each node of the graph, its place in the source; null where there is none.</param>
/// <param name="Unknowns">What was not understood although it leaves no trace in the graph.</param>
/// <param name="Creation">The expression that makes it, for a container in ordinary code; null for a class.</param>
/// <param name="SizeSample">
/// 1 or 2 for a model with sizes that the code does not say: which numbers stand for them. The other one is its neighbour, and
/// what is different in the two depends on the sizes. 0 for a model whose sizes are known.
/// </param>
internal sealed record ExtractedModel(
    ModelGraph Graph, IReadOnlyList<NodeSite?> Sites, IReadOnlyList<string> Unknowns, SyntaxNode? Creation = null, int SizeSample = 0)
{
    /// <summary>True if the graph does the same as another one.</summary>
    public bool IsLike(ExtractedModel other) =>
        Graph.Nodes.Count == other.Graph.Nodes.Count
        && Graph.Outputs.SequenceEqual(other.Graph.Outputs)
        && Unknowns.SequenceEqual(other.Unknowns)
        && Graph.Nodes.Zip(other.Graph.Nodes, (a, b) => a.Path == b.Path && a.Inputs.SequenceEqual(b.Inputs) && a.Operation.Equals(b.Operation)).All(same => same);

    /// <summary>A model of which nothing is known.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reason">Why.</param>
    public static ExtractedModel Unknown(string name, string reason) => new(new ModelGraphBuilder().Build(name), [], [reason]);
}

/// <summary>The place of a graph node in the source.</summary>
/// <param name="Use">The expression that computes it, in some <c>forward</c>.</param>
/// <param name="Module">Key of the module that computes it; null for a function or an operator.</param>
/// <param name="Origin">Where that module was made; null for a function or an operator.</param>
/// <param name="WeightCall">The initialiser call that set its weight; null for TorchSharp's default.</param>
/// <param name="Site">The place to report: in the analysed type itself, the module's creation, or else the use.</param>
internal sealed record NodeSite(SyntaxNode Use, int? Module, Origin? Origin, InitializerCall? WeightCall, SyntaxNode? Site);
