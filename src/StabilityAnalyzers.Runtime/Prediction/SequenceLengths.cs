using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// How many time steps the data of a pass have. A tensor alone does not say which of its dimensions is time; the recurrent
/// layer that it goes through does.
/// </summary>
internal sealed class SequenceLengths
{
    // Of each source of data: vectors in a batch, over all samples and steps.
    private readonly Dictionary<int, long> _vectors = [];
    private readonly Dictionary<int, long> _steps = [];

    /// <summary>Takes in a source of data.</summary>
    /// <param name="node">Its node.</param>
    /// <param name="vectors">Vectors in a batch, over all samples and steps.</param>
    public void AddSource(int node, long vectors) => _vectors[node] = vectors;

    /// <summary>Takes in a recurrent layer: the data that it comes from, and that have as many vectors, have its steps.</summary>
    /// <param name="nodes">The nodes so far.</param>
    /// <param name="inputs">What the layer reads.</param>
    /// <param name="vectors">Vectors that it read, over all samples and steps.</param>
    /// <param name="steps">Time steps.</param>
    public void AddLayer(ModelGraphBuilder nodes, IEnumerable<int> inputs, long vectors, long steps)
    {
        var pending = new Stack<int>(inputs);
        var seen = new HashSet<int>();
        while (pending.TryPop(out int node))
        {
            if (!seen.Add(node))
            {
                continue;
            }

            if (_vectors.TryGetValue(node, out long found) && found == vectors)
            {
                _steps.TryAdd(node, steps);
            }

            foreach (int input in nodes.InputsOf(node))
            {
                pending.Push(input);
            }
        }
    }

    /// <summary>The graph with what is known of its data.</summary>
    public ModelGraph ApplyTo(ModelGraph graph)
    {
        if (_steps.Count == 0)
        {
            return graph;
        }

        var builder = new ModelGraphBuilder();
        foreach (GraphNode node in graph.Nodes)
        {
            Operation operation = (node.Operation, _steps.TryGetValue(node.Id, out long steps)) switch
            {
                (InputOperation { Positions: null } input, true) => input with { Positions = new EquatableList<long>(steps) },
                (EmbeddingOperation embedding, true) => embedding with { Positions = new EquatableList<long>(steps) },
                var (other, _) => other,
            };
            builder.Add(operation, node.Path, [.. node.Inputs]);
        }

        return builder.Build(graph.Name, [.. graph.Outputs]);
    }
}
