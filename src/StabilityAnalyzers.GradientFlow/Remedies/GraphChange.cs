namespace StabilityAnalyzers.GradientFlow;

/// <summary>A shortcut around a layer: x + s f(x).</summary>
/// <param name="From">The node of x.</param>
/// <param name="Scale">The factor s on the branch.</param>
public sealed record Shortcut(int From, double Scale);

/// <summary>The branch of a residual connection that is there.</summary>
/// <param name="Input">Which input of the sum is the branch.</param>
/// <param name="Scale">The factor that it gets.</param>
public sealed record BranchScale(int Input, double Scale);

/// <summary>What a remedy changes, by nodes of the graph as it was.</summary>
public sealed class GraphChange
{
    private readonly ModelGraph graph;

    /// <summary>No change yet.</summary>
    /// <param name="graph">The model.</param>
    public GraphChange(ModelGraph graph)
    {
        this.graph = graph;
        WeightLayers = graph.Nodes.Where(node => node.Operation.IsWeightLayer).Select(node => node.Id).ToArray();
    }

    /// <summary>Weight layers that get a new initialiser.</summary>
    public Dictionary<int, FittingInitializer> Initializers { get; } = [];

    /// <summary>Activation nodes that get another activation.</summary>
    public Dictionary<int, Activation> Activations { get; } = [];

    /// <summary>Activation nodes that get a norm before them.</summary>
    public Dictionary<int, NormalizationOperation> Norms { get; } = [];

    /// <summary>Linear layers behind which an activation is put.</summary>
    public Dictionary<int, Activation> Inserted { get; } = [];

    /// <summary>Activation nodes to whose output the input of their layer is added.</summary>
    public Dictionary<int, Shortcut> Shortcuts { get; } = [];

    /// <summary>Sums of which one input is scaled.</summary>
    public Dictionary<int, BranchScale> Branches { get; } = [];

    /// <summary>True if nothing is changed.</summary>
    public bool IsEmpty =>
        Initializers.Count + Activations.Count + Norms.Count + Inserted.Count + Shortcuts.Count + Branches.Count == 0;

    /// <summary>The layers with weights, in forward order.</summary>
    internal IReadOnlyList<int> WeightLayers { get; }

    /// <summary>The model after the change.</summary>
    public ModelGraph Apply()
    {
        var builder = new ModelGraphBuilder();
        var moved = new int[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            var inputs = node.Inputs.Select(input => moved[input]).ToArray();
            if (Norms.TryGetValue(node.Id, out var norm) && inputs.Length == 1)
            {
                inputs[0] = builder.Add(norm, null, inputs[0]);
            }

            var id = builder.Add(Changed(node), node.Path, inputs);
            if (Inserted.TryGetValue(node.Id, out var activation))
            {
                id = builder.Add(new ActivationOperation(activation), null, id);
            }

            if (Shortcuts.TryGetValue(node.Id, out var shortcut) && shortcut.From < node.Id)
            {
                id = builder.Add(new AddOperation(new EquatableList<double>(1, shortcut.Scale)), null, moved[shortcut.From], id);
            }

            moved[node.Id] = id;
        }

        return builder.Build(graph.Name, graph.Outputs.Select(output => moved[output]).ToArray());
    }

    private Operation Changed(GraphNode node)
    {
        switch (node.Operation)
        {
            case WeightOperation weight when Initializers.TryGetValue(node.Id, out var initializer):
                return weight with { Weight = initializer.ToWeightInitializer() };
            case ActivationOperation when Activations.TryGetValue(node.Id, out var activation):
                return new ActivationOperation(activation);
            case AddOperation sum when Branches.TryGetValue(node.Id, out var branch):
                var scales = sum.Scales.ToArray();
                if (branch.Input < scales.Length)
                {
                    scales[branch.Input] *= branch.Scale;
                }

                return new AddOperation(new EquatableList<double>(scales));
            default:
                return node.Operation;
        }
    }
}
