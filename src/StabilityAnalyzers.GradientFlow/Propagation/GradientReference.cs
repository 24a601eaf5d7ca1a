namespace StabilityAnalyzers.GradientFlow;

/// <summary>Where the backward recursion starts, and which layer all ratios refer to.</summary>
/// <param name="Node">Node at which the error signal is set to 1.</param>
/// <param name="LastLayer">The last layer with a weight.</param>
internal readonly record struct GradientReference(int Node, int LastLayer)
{
    /// <summary>
    /// The last weight layer, if every way to the outputs leads through it (what comes behind it then does not matter);
    /// otherwise the single output. Null if neither exists.
    /// </summary>
    internal static GradientReference? Find(ModelGraph graph, List<int>[] consumers)
    {
        var reaches = new bool[graph.Nodes.Count];
        foreach (var output in graph.Outputs)
        {
            reaches[output] = true;
        }

        for (var id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            reaches[id] |= consumers[id].Exists(consumer => reaches[consumer]);
        }

        var last = -1;
        for (var id = graph.Nodes.Count - 1; id >= 0 && last < 0; id--)
        {
            if (reaches[id] && graph.Nodes[id].Operation.IsWeightLayer)
            {
                last = id;
            }
        }

        if (last < 0)
        {
            return null;
        }

        if (IsBottleneck(graph, consumers, reaches, last))
        {
            return new GradientReference(last, last);
        }

        return graph.Outputs.Count == 1 ? new GradientReference(graph.Outputs[0], last) : null;
    }

    private static bool IsBottleneck(ModelGraph graph, List<int>[] consumers, bool[] reaches, int last)
    {
        if (graph.Outputs.Any(output => output < last))
        {
            return false;
        }

        // Every node before it that matters leads to it and nowhere else.
        var before = new bool[graph.Nodes.Count];
        before[last] = true;
        for (var id = last - 1; id >= 0; id--)
        {
            before[id] = reaches[id] && consumers[id].Exists(consumer => before[consumer]);
            if (before[id] && !consumers[id].TrueForAll(consumer => !reaches[consumer] || before[consumer]))
            {
                return false;
            }
        }

        return true;
    }
}
