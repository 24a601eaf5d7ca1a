namespace StabilityAnalyzers.GradientFlow;

/// <summary>One operation of a <see cref="ModelGraph"/> and where its inputs come from.</summary>
public sealed class GraphNode
{
    internal GraphNode(int id, Operation operation, IReadOnlyList<int> inputs, string? path)
    {
        Id = id;
        Operation = operation;
        Inputs = inputs;
        Path = path;
    }

    /// <summary>Index in <see cref="ModelGraph.Nodes"/>; greater than that of every input.</summary>
    public int Id { get; }

    /// <summary>What the node computes.</summary>
    public Operation Operation { get; }

    /// <summary>Ids of the nodes that it reads, in the order of its operands.</summary>
    public IReadOnlyList<int> Inputs { get; }

    /// <summary>Module path of the layer, for example <c>encoder.fc0</c>; null for an operation that is no module.</summary>
    public string? Path { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Path} {Operation.Kind}({string.Join(", ", Inputs)})";
}
