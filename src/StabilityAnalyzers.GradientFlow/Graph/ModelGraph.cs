namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// The operations of a model's forward pass as an acyclic graph in topological order: the one description of a model that
/// source analysis, the runtime and the predictions share. Immutable.
/// </summary>
public sealed class ModelGraph
{
    private readonly GraphNode[] nodes;

    internal ModelGraph(string name, GraphNode[] nodes, IReadOnlyList<int> outputs)
    {
        Name = name;
        this.nodes = nodes;
        Outputs = outputs;
    }

    /// <summary>Name of the model, most often the full name of its type.</summary>
    public string Name { get; }

    /// <summary>The nodes; <c>Nodes[i].Id == i</c>, and inputs come before their consumers.</summary>
    public IReadOnlyList<GraphNode> Nodes => nodes;

    /// <summary>Ids of the nodes whose values the model returns; empty if the result is not known.</summary>
    public IReadOnlyList<int> Outputs { get; }

    /// <summary>What was not understood, in forward order; empty if the graph is complete.</summary>
    public IEnumerable<string> Unknowns =>
        nodes.Select(node => node.Operation).OfType<UnknownOperation>().Select(operation => operation.Reason);

    /// <summary>True if every operation of the graph is known, and how often it is done.</summary>
    public bool IsComplete => Outputs.Count > 0 && !nodes.Any(node => node.Operation is UnknownOperation or RepeatOperation);

    /// <summary>The same graph with other operations at some nodes: what a remedy would make of the model.</summary>
    /// <param name="replacements">Node id to its new operation; ids that do not exist are ignored.</param>
    public ModelGraph Replace(IReadOnlyDictionary<int, Operation> replacements)
    {
        var changed = nodes
            .Select(node => replacements.TryGetValue(node.Id, out var operation)
                ? new GraphNode(node.Id, operation, node.Inputs, node.Path)
                : node)
            .ToArray();
        return new ModelGraph(Name, changed, Outputs);
    }

    /// <summary>The same graph with an operation of one input put behind some nodes, for example a normalisation.</summary>
    /// <param name="insertions">Node id to the operation that from now on stands between it and everything that reads it.</param>
    public ModelGraph InsertAfter(IReadOnlyDictionary<int, Operation> insertions)
    {
        var builder = new ModelGraphBuilder();
        var moved = new int[nodes.Length];
        foreach (var node in nodes)
        {
            var id = builder.Add(node.Operation, node.Path, node.Inputs.Select(input => moved[input]).ToArray());
            moved[node.Id] = insertions.TryGetValue(node.Id, out var operation) ? builder.Add(operation, null, id) : id;
        }

        return builder.Build(Name, Outputs.Select(output => moved[output]).ToArray());
    }
}
