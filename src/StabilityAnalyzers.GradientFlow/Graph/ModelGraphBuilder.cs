namespace StabilityAnalyzers.GradientFlow;

/// <summary>Collects the nodes of a <see cref="ModelGraph"/>. A node can only read nodes that were added before it.</summary>
public sealed class ModelGraphBuilder
{
    private readonly List<GraphNode> nodes = [];

    /// <summary>Number of nodes so far.</summary>
    public int Count => nodes.Count;

    /// <summary>Adds an operation and returns the id of its node.</summary>
    /// <param name="operation">What is computed.</param>
    /// <param name="path">Module path of the layer; null for an operation that is no module.</param>
    /// <param name="inputs">Ids of the nodes that are read.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input is not a node that was added before.</exception>
    public int Add(Operation operation, string? path, params int[] inputs)
    {
        foreach (var input in inputs)
        {
            if (input < 0 || input >= nodes.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(inputs), input, "An input must be a node that was added before.");
            }
        }

        nodes.Add(new GraphNode(nodes.Count, operation, inputs, path));
        return nodes.Count - 1;
    }

    /// <summary>The operation of a node that was added before.</summary>
    public Operation this[int id] => nodes[id].Operation;

    /// <summary>Ids of the nodes that a node reads.</summary>
    public IReadOnlyList<int> InputsOf(int id) => nodes[id].Inputs;

    /// <summary>Makes the graph of what was added so far.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="outputs">Ids of the nodes that the model returns; none if its result is not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">An output is not a node that was added.</exception>
    public ModelGraph Build(string name, params int[] outputs)
    {
        foreach (var output in outputs)
        {
            if (output < 0 || output >= nodes.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(outputs), output, "An output must be a node that was added.");
            }
        }

        return new ModelGraph(name, nodes.ToArray(), outputs);
    }
}
