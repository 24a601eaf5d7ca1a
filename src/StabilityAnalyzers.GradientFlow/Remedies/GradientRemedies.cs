namespace StabilityAnalyzers.GradientFlow;

/// <summary>Remedies as graph changes, and which of them heal a model.</summary>
public static class GradientRemedies
{
    /// <summary>
    /// The remedies after which every layer of the model is predicted to be healthy, cheapest first. Empty if the model is
    /// not understood as a whole or none is enough.
    /// </summary>
    /// <param name="graph">The model.</param>
    public static IReadOnlyList<Remedy> Healing(ModelGraph graph) =>
        Candidates(graph).Where(remedy => remedy.Prediction.IsHealthy())
            .GroupBy(remedy => remedy.Kind).Select(group => group.First()).ToArray();

    /// <summary>All remedies that change anything, healing or not, cheapest first.</summary>
    /// <param name="graph">The model.</param>
    public static IEnumerable<Remedy> Candidates(ModelGraph graph)
    {
        var followers = HiddenFollowers(graph);
        for (var preference = 0; preference < 2; preference++)
        {
            if (FitInitializers(graph, followers, preference) is { } fitting)
            {
                yield return fitting;
            }
        }

        if (ReluWithHe(graph, followers) is { } relu)
        {
            yield return relu;
        }
    }

    /// <summary>
    /// For each weight layer whose output goes into exactly one activation, with nothing but normalisation, dropout or
    /// reshaping in between: the node of that activation.
    /// </summary>
    /// <param name="graph">The model.</param>
    public static IReadOnlyDictionary<int, int> Followers(ModelGraph graph)
    {
        var single = new int[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
            {
                single[input] = single[input] == 0 ? node.Id : -1;
            }
        }

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

    // An activation behind the last layer is the model's output, whose meaning is not for a remedy to change.
    private static IReadOnlyDictionary<int, int> HiddenFollowers(ModelGraph graph)
    {
        var leadsOn = new bool[graph.Nodes.Count];
        for (var id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            foreach (var input in graph.Nodes[id].Inputs)
            {
                leadsOn[input] |= leadsOn[id] || graph.Nodes[id].Operation.IsWeightLayer;
            }
        }

        return Followers(graph).Where(pair => leadsOn[pair.Value]).ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    private static Remedy? FitInitializers(ModelGraph graph, IReadOnlyDictionary<int, int> followers, int preference)
    {
        var initializers = new Dictionary<int, FittingInitializer>();
        foreach (var pair in followers)
        {
            var choices = FittingInitializer.For(((ActivationOperation)graph.Nodes[pair.Value].Operation).Activation);
            initializers[pair.Key] = choices[Math.Min(preference, choices.Count - 1)];
        }

        return Evaluate(RemedyKind.FittingInitializer, graph, initializers, []);
    }

    private static Remedy? ReluWithHe(ModelGraph graph, IReadOnlyDictionary<int, int> followers)
    {
        var he = FittingInitializer.For(Activations.ReLU)[0];
        var initializers = new Dictionary<int, FittingInitializer>();
        var replaced = new List<int>();
        foreach (var pair in followers)
        {
            initializers[pair.Key] = he;
            if (!((ActivationOperation)graph.Nodes[pair.Value].Operation).Activation.Equals(Activations.ReLU))
            {
                replaced.Add(pair.Value);
            }
        }

        return replaced.Count == 0 ? null : Evaluate(RemedyKind.ReluWithHe, graph, initializers, replaced);
    }

    private static Remedy? Evaluate(
        RemedyKind kind, ModelGraph graph, IReadOnlyDictionary<int, FittingInitializer> initializers, IReadOnlyList<int> activations)
    {
        var changes = new Dictionary<int, Operation>();
        foreach (var pair in initializers)
        {
            var operation = (WeightOperation)graph.Nodes[pair.Key].Operation;
            var initializer = pair.Value.ToWeightInitializer();
            if (!operation.Weight.Equals(initializer))
            {
                changes[pair.Key] = operation with { Weight = initializer };
            }
        }

        foreach (var activation in activations)
        {
            changes[activation] = new ActivationOperation(Activations.ReLU);
        }

        if (changes.Count == 0)
        {
            return null;
        }

        var changed = graph.Replace(changes);
        return new Remedy(kind, changed, SignalPropagation.Predict(changed), initializers, activations);
    }
}
