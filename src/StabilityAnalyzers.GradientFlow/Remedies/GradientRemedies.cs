namespace StabilityAnalyzers.GradientFlow;

/// <summary>Remedies as graph changes, and which of them heal a model.</summary>
public static class GradientRemedies
{
    /// <summary>
    /// The remedies after which every layer of the model is predicted to be healthy, cheapest first; those that combine two
    /// only where one alone is not enough. Empty if the model is not understood as a whole or nothing is enough.
    /// </summary>
    /// <param name="graph">The model.</param>
    /// <param name="scope">Where the source can be changed; null for everywhere.</param>
    public static IEnumerable<Remedy> Healing(ModelGraph graph, RemedyScope? scope = null)
    {
        var found = new HashSet<RemedyKind>();
        foreach (var candidate in graph.IsComplete ? Candidates(graph, scope) : [])
        {
            if (candidate.IsCombined && found.Any(kind => !Remedy.Combines(kind)))
            {
                yield break;
            }

            if (!found.Contains(candidate.Kind) && candidate.Heals && found.Add(candidate.Kind))
            {
                yield return candidate;
            }
        }
    }

    /// <summary>
    /// All remedies that change anything, healing or not, cheapest first. A kind can come more than once, with a milder form
    /// before a stronger one.
    /// </summary>
    /// <param name="graph">The model.</param>
    /// <param name="scope">Where the source can be changed; null for everywhere.</param>
    public static IEnumerable<Remedy> Candidates(ModelGraph graph, RemedyScope? scope = null)
    {
        var remedies = new RemedyBuilder(graph, scope ?? RemedyScope.Everywhere);
        return remedies.Single().Concat(remedies.Combined());
    }

    /// <summary>The mildest form of each remedy of one change, healing or not, cheapest first.</summary>
    /// <param name="graph">The model.</param>
    public static IEnumerable<Remedy> Simple(ModelGraph graph)
    {
        var found = new HashSet<RemedyKind>();
        return new RemedyBuilder(graph, RemedyScope.Everywhere).Single().Where(remedy => found.Add(remedy.Kind));
    }

    /// <summary>
    /// For each weight layer whose output goes into exactly one activation, with nothing but normalisation, dropout or
    /// reshaping in between: the node of that activation.
    /// </summary>
    /// <param name="graph">The model.</param>
    public static IReadOnlyDictionary<int, int> Followers(ModelGraph graph)
    {
        var single = SingleConsumers(graph);
        var followers = new Dictionary<int, int>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operation is not WeightOperation)
            {
                continue;
            }

            var next = single[node.Id];
            while (next > 0 && graph.Nodes[next].Operation is ShapeOperation or DropoutOperation or NormalizationOperation)
            {
                next = single[next];
            }

            if (next > 0 && graph.Nodes[next].Operation is ActivationOperation)
            {
                followers[node.Id] = next;
            }
        }

        return followers;
    }

    /// <summary>For each node, the only one that reads it; 0 if there is none, -1 if there are several.</summary>
    internal static int[] SingleConsumers(ModelGraph graph)
    {
        var single = new int[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
            {
                single[input] = single[input] == 0 ? node.Id : -1;
            }
        }

        return single;
    }
}
