namespace StabilityAnalyzers.GradientFlow;

/// <summary>Builds the remedies for one model.</summary>
internal sealed class RemedyBuilder
{
    private static readonly HashSet<string> s_linearUnits = ["elu", "celu"];
    private static readonly HashSet<string> s_smooth = ["silu", "mish", "softplus"];
    private static readonly HashSet<string> s_saturating = ["sigmoid", "hardsigmoid", "log_sigmoid", "softsign", "hardtanh"];

    private static readonly NormalizationOperation s_layerNorm = new(NormalizationKind.Layer, "LayerNorm");

    private const long AnyLength = 1000;

    // A gate is used soon after it is made; looking further would take a square of the model's size.
    private const int GateWindow = 256;

    private readonly ModelGraph graph;
    private readonly RemedyScope scope;
    private readonly int[] single;
    private readonly Dictionary<Activation, IReadOnlyList<FittingInitializer>> fitting = [];

    // Weight layer to the activation behind it, in the chain that carries the signal.
    private readonly Dictionary<int, int> links;

    internal RemedyBuilder(ModelGraph graph, RemedyScope scope)
    {
        this.graph = graph;
        this.scope = scope;
        single = GradientRemedies.SingleConsumers(graph);
        var leadsOn = LeadsOn();
        links = GradientRemedies.Followers(graph).Where(pair => leadsOn[pair.Value] && !IsGate(pair.Value))
            .ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    /// <summary>Remedies of one change each, cheapest first.</summary>
    internal IEnumerable<Remedy> Single()
    {
        var names = new HashSet<string>(links.Values.Select(node => ActivationAt(node).Name));
        return Remedies(
            (RemedyKind.FittingInitializer, change => Fit(change, 0)),
            (RemedyKind.FittingInitializer, change => Fit(change, 1)),
            (RemedyKind.Orthogonal, Orthogonal),
            (RemedyKind.LayerNorm, Normalize),
            (RemedyKind.BatchNorm, change => NormalizeConvolutions(change, NormalizationKind.Batch)),
            (RemedyKind.GroupNorm, change => NormalizeConvolutions(change, NormalizationKind.Group)),
            (RemedyKind.ScaledResidual, ScaleBranches),
            (RemedyKind.Residual, change => AddShortcuts(change, scaled: false)),
            (RemedyKind.Residual, change => AddShortcuts(change, scaled: true)),
            (RemedyKind.SeluWithXavier, change => names.IsSubsetOf(s_linearUnits) && Activate(change, Activations.SELU)),
            (RemedyKind.GeluWithHe, change => names.IsSubsetOf(s_smooth) && Activate(change, Activations.GELU)),
            (RemedyKind.ReluWithHe, change => Activate(change, Activations.ReLU)),
            (RemedyKind.TanhWithXavier, change => names.IsSubsetOf(s_saturating) && Activate(change, Activations.Tanh)));
    }

    /// <summary>Remedies of two changes, cheapest first.</summary>
    internal IEnumerable<Remedy> Combined() => Remedies(
        (RemedyKind.ScaledResidualWithInitializer, change => ScaleBranches(change) && Fit(change, 0)),
        (RemedyKind.LayerNormWithInitializer, change => Normalize(change) && Fit(change, 0)),
        (RemedyKind.ResidualWithInitializer, change => AddShortcuts(change, scaled: true) && Fit(change, 0)),
        (RemedyKind.ResidualWithRelu, change => AddShortcuts(change, scaled: true) && Activate(change, Activations.ReLU)));

    private IEnumerable<Remedy> Remedies(params (RemedyKind Kind, Func<GraphChange, bool> Make)[] recipes)
    {
        foreach (var (kind, make) in recipes)
        {
            var change = new GraphChange(graph);
            if (make(change) && !change.IsEmpty)
            {
                yield return new Remedy(kind, change, change.Apply());
            }
        }
    }

    private bool Fit(GraphChange change, int preference)
    {
        var isOther = preference == 0;
        foreach (var pair in links)
        {
            var choices = Fitting(ActivationAt(pair.Value));
            isOther |= choices.Count > preference;
            Initialize(change, pair.Key, choices[Math.Min(preference, choices.Count - 1)]);
        }

        return isOther && change.Initializers.Count > 0;
    }

    private bool Orthogonal(GraphChange change)
    {
        var any = false;
        foreach (var pair in links)
        {
            var activation = ActivationAt(pair.Value);
            // A weight of four dimensions is a matrix with a row for each output channel, to init.orthogonal_ too.
            var isMatrix = graph.Nodes[pair.Key].Operation is LinearOperation or ConvolutionOperation { Transposed: false };
            any |= isMatrix;
            Initialize(change, pair.Key, isMatrix ? Fitting(activation)[0] with { Family = InitializerFamily.Orthogonal } : Fitting(activation)[0]);
        }

        return any && change.Initializers.Count > 0;
    }

    private bool Activate(GraphChange change, Activation activation)
    {
        foreach (var pair in links)
        {
            Initialize(change, pair.Key, Fitting(activation)[0]);
            if (!ActivationAt(pair.Value).Equals(activation))
            {
                change.Activations[pair.Value] = activation;
            }
        }

        return change.Activations.Count > 0;
    }

    // Between a linear layer and its activation, where nothing is; the last axis then holds the features.
    private bool Normalize(GraphChange change)
    {
        foreach (var pair in links)
        {
            if (graph.Nodes[pair.Key].Operation is LinearOperation && single[pair.Key] == pair.Value && scope.CanNormalize(pair.Value))
            {
                change.Norms[pair.Value] = s_layerNorm;
            }
        }

        return change.Norms.Count > 0;
    }

    // Over the samples of a batch, or over all that one sample has: without weights of its own, which GroupNorm of 0.107 does not
    // initialise.
    private bool NormalizeConvolutions(GraphChange change, NormalizationKind axes)
    {
        Normalize(change);
        var linear = change.Norms.Count;
        foreach (var pair in links)
        {
            if (graph.Nodes[pair.Key].Operation is ConvolutionOperation convolution && single[pair.Key] == pair.Value && scope.CanNormalize(pair.Value))
            {
                var name = axes == NormalizationKind.Batch ? $"BatchNorm{convolution.Dimensions}d" : "GroupNorm";
                change.Norms[pair.Value] = new NormalizationOperation(axes, name)
                {
                    Dimensions = axes == NormalizationKind.Batch && convolution.Dimensions > 1 ? convolution.Dimensions : null,
                };
            }
        }

        return change.Norms.Count > linear;
    }

    private bool AddShortcuts(GraphChange change, bool scaled)
    {
        var residual = new HashSet<int>(ResidualSums.Find(graph).Keys);
        var places = new List<(int From, int To)>();
        foreach (var pair in links)
        {
            var node = graph.Nodes[pair.Key];
            if (KeepsShape(node.Operation) && node.Inputs.Count == 1
                && IsFlat(pair.Key, pair.Value) && !residual.Contains(single[pair.Value]) && scope.CanShortcut(pair.Value))
            {
                places.Add((node.Inputs[0], pair.Value));
            }
        }

        foreach (var (from, to) in places)
        {
            change.Shortcuts[to] = new Shortcut(from, scaled ? 1 / Math.Sqrt(places.Count) : 1);
        }

        return places.Count > 0 && (!scaled || places.Count > 1);
    }

    private bool ScaleBranches(GraphChange change)
    {
        var sums = ResidualSums.Find(graph);
        foreach (var pair in sums)
        {
            if (!scope.CanScale(pair.Key))
            {
                return false;
            }

            change.Branches[pair.Key] = new BranchScale(pair.Value, 1 / Math.Sqrt(sums.Count));
        }

        return sums.Count > 1;
    }

    private void Initialize(GraphChange change, int layer, FittingInitializer initializer)
    {
        if (graph.Nodes[layer].Operation is WeightOperation weight && !weight.Weight.Equals(initializer.ToWeightInitializer()))
        {
            change.Initializers[layer] = initializer;
        }
    }

    // The gain of some activations is an integral.
    private IReadOnlyList<FittingInitializer> Fitting(Activation activation)
    {
        if (!fitting.TryGetValue(activation, out var choices))
        {
            fitting[activation] = choices = FittingInitializer.For(activation);
        }

        return choices;
    }

    private Activation ActivationAt(int node) => ((ActivationOperation)graph.Nodes[node].Operation).Activation;

    private static bool KeepsShape(Operation operation) => operation switch
    {
        LinearOperation linear => linear.InFeatures == linear.OutFeatures,
        ConvolutionOperation { Transposed: false, StrideElements: 1, Window: { } window } convolution =>
            convolution.InChannels == convolution.OutChannels
            && Enumerable.Range(0, window.Sizes.Count).All(dimension => window.OutputLength(dimension, AnyLength) == AnyLength),
        _ => false,
    };

    // Nothing between a layer and its activation that moves elements.
    private bool IsFlat(int layer, int activation)
    {
        for (var node = single[layer]; node > 0 && node != activation; node = single[node])
        {
            if (graph.Nodes[node].Operation is ShapeOperation)
            {
                return false;
            }
        }

        return true;
    }

    // An activation behind the last layer is the model's output, whose meaning is not for a remedy to change.
    private bool[] LeadsOn()
    {
        var leadsOn = new bool[graph.Nodes.Count];
        for (var id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            foreach (var input in graph.Nodes[id].Inputs)
            {
                leadsOn[input] |= leadsOn[id] || graph.Nodes[id].Operation.IsWeightLayer;
            }
        }

        return leadsOn;
    }

    // A gate multiplies a signal, as itself or as 1 - t; it is no link of the chain that carries the signal.
    private bool IsGate(int activation)
    {
        var reader = single[activation];
        while (reader > 0 && graph.Nodes[reader].Operation is ShapeOperation or DropoutOperation or ScaleOperation or OffsetOperation)
        {
            reader = single[reader];
        }

        if (reader >= 0)
        {
            return graph.Nodes[reader].Operation is MultiplyOperation;
        }

        // Several read it.
        var carriers = new HashSet<int> { activation };
        for (var id = activation + 1; id < graph.Nodes.Count && id <= activation + GateWindow; id++)
        {
            if (!graph.Nodes[id].Inputs.Any(carriers.Contains))
            {
                continue;
            }

            switch (graph.Nodes[id].Operation)
            {
                case MultiplyOperation:
                    return true;
                case ShapeOperation or DropoutOperation or ScaleOperation or OffsetOperation:
                    carriers.Add(id);
                    break;
            }
        }

        return false;
    }
}
