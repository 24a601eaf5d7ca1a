namespace StabilityAnalyzers.GradientFlow;

/// <summary>The residual connections of a model.</summary>
public static class ResidualSums
{
    /// <summary>
    /// For each sum x + f(x) of two inputs, unscaled: which of them is the branch f(x). A sum of which neither input leads to
    /// the other is no residual connection.
    /// </summary>
    /// <param name="graph">The model.</param>
    public static IReadOnlyDictionary<int, int> Find(ModelGraph graph)
    {
        var sums = new Dictionary<int, int>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operation is not AddOperation { Scales: [1, 1] } || node.Inputs.Count != 2)
            {
                continue;
            }

            int a = node.Inputs[0], b = node.Inputs[1];
            if (a != b && LeadsTo(graph, Math.Min(a, b), Math.Max(a, b)))
            {
                sums[node.Id] = a > b ? 0 : 1;
            }
        }

        return sums;
    }

    /// <summary>For each node, whether it is part of the branch of a residual connection, scaled or not: x reaches the sum without it.</summary>
    /// <param name="graph">The model.</param>
    public static bool[] InBranches(ModelGraph graph)
    {
        var isInside = new bool[graph.Nodes.Count];
        foreach (var sum in graph.Nodes)
        {
            if (sum.Operation is not AddOperation || sum.Inputs.Count != 2 || sum.Inputs[0] == sum.Inputs[1])
            {
                continue;
            }

            int trunk = Math.Min(sum.Inputs[0], sum.Inputs[1]), branch = Math.Max(sum.Inputs[0], sum.Inputs[1]);
            if (!LeadsTo(graph, trunk, branch))
            {
                continue;
            }

            var pending = new Stack<int>();
            pending.Push(branch);
            while (pending.Count > 0)
            {
                var node = pending.Pop();
                if (node > trunk && !isInside[node])
                {
                    isInside[node] = true;
                    foreach (var input in graph.Nodes[node].Inputs)
                    {
                        pending.Push(input);
                    }
                }
            }
        }

        return isInside;
    }

    // Every node reads only nodes before it: nothing before the trunk can lead there.
    private static bool LeadsTo(ModelGraph graph, int trunk, int branch)
    {
        var pending = new Stack<int>();
        var seen = new HashSet<int>();
        pending.Push(branch);
        while (pending.Count > 0)
        {
            foreach (var input in graph.Nodes[pending.Pop()].Inputs)
            {
                if (input == trunk)
                {
                    return true;
                }

                if (input > trunk && seen.Add(input))
                {
                    pending.Push(input);
                }
            }
        }

        return false;
    }
}
