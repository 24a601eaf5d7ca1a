namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Second moments of every tensor of a graph, from the input on (Poole 2016): for a weight layer
/// q' = fan_in Var(w) q + Var(b), for an activation q' = E[phi(z)^2].
/// </summary>
internal sealed class ForwardPass
{
    /// <summary>Above this, float32 squares overflow; moments are held here, so that they stay numbers.</summary>
    private const double Ceiling = 1e76;

    private readonly SignalMoments?[] moments;
    private readonly WeightRoots[] roots;
    private readonly ActivationMoments?[] activated;
    private readonly double?[] widths;
    private readonly Dictionary<(Activation, double, double, double), ActivationMoments> known = [];

    private readonly Func<double>? noise;
    private readonly Dictionary<Activation, ActivationMomentTable>? tables;

    /// <param name="graph">The graph.</param>
    /// <param name="noise">
    /// Draws standard normal numbers, for the fluctuations of layers of finite width; null for the limit of wide layers.
    /// </param>
    /// <param name="tables">Moments that the passes with noise share; null without noise.</param>
    internal ForwardPass(ModelGraph graph, Func<double>? noise = null, Dictionary<Activation, ActivationMomentTable>? tables = null)
    {
        this.noise = noise;
        this.tables = tables;
        moments = new SignalMoments?[graph.Nodes.Count];
        roots = new WeightRoots[graph.Nodes.Count];
        activated = new ActivationMoments?[graph.Nodes.Count];
        widths = new double?[graph.Nodes.Count];
        Values = new int[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            Values[node.Id] = node.Operation is ShapeOperation && node.Inputs.Count == 1 ? Values[node.Inputs[0]] : node.Id;
            roots[node.Id] = RootsOf(node);
            widths[node.Id] = WidthOf(node);
            moments[node.Id] = Limit(MomentsOf(graph, node));
        }
    }

    /// <summary>For each node, the node whose elements it holds: itself, or the one that shape operations only move.</summary>
    internal int[] Values { get; }

    /// <summary>The statistics of a node's output; null if they are not known.</summary>
    internal SignalMoments? this[int id] => moments[id];

    /// <summary>The expectations at an activation node; null if they are not known.</summary>
    internal ActivationMoments? Activated(int id) => activated[id];

    /// <summary>Elements per sample of a node's output; null where the number of positions is not known.</summary>
    internal double? Width(int id) => widths[id];

    /// <summary>True if two tensors are independent of each other, because no weight layer stands behind both.</summary>
    internal bool AreIndependent(int a, int b) => roots[a].IsDisjoint(roots[b]);

    private SignalMoments? MomentsOf(ModelGraph graph, GraphNode node)
    {
        switch (node.Operation)
        {
            case InputOperation input:
                return new SignalMoments(input.SecondMoment, input.Mean, input.Mean * input.Mean);
            case WeightOperation weight:
                return Input(node) is { } x ? Weighted(weight, IsData(graph, node) ? FluctuateData(x, weight) : x) : null;
            case RecurrentCellOperation cell:
                return PreActivation(node, cell) is { } sum ? Activate(node.Id, cell.Activation, sum) : null;
            case ActivationOperation activation:
                return Input(node) is { } z ? Activate(node.Id, activation.Activation, z) : null;
            case NormalizationOperation normalization:
                return Input(node) is { } n ? Normalized(normalization, n) : null;
            case EmbeddingOperation embedding:
                return embedding.BagSize is 1 && embedding.Weight.Mean is { } center && embedding.Variance is { } spread
                    ? new SignalMoments((center * center) + spread, center, center * center)
                    : null;
            case DropoutOperation dropout:
                return Input(node) is { } d ? DropoutMoments.Of(dropout, d) : null;
            case PoolingOperation pooling:
                return Input(node) is { } p ? Pooled(pooling, p) : null;
            case ScaleOperation scale:
                return Input(node)?.Times(scale.Factor);
            case OffsetOperation offset:
                return Input(node)?.Moved(offset.Constant);
            case RepeatOperation repeat:
                return Input(node) is { } start ? RepeatedPart.Limit(repeat.Body, start) : null;
            case FeatureSliceOperation or ShapeOperation:
                return Input(node);
            case AddOperation add:
                return Sum(node, add);
            case MultiplyOperation:
                return Product(node);
            default:
                return null;
        }
    }

    private static bool IsData(ModelGraph graph, GraphNode node) => graph.Nodes[node.Inputs[0]].Operation is InputOperation;

    /// <summary>W x + U h + b of a recurrent cell; null if it is not known.</summary>
    internal SignalMoments? PreActivation(GraphNode node, RecurrentCellOperation cell)
    {
        var sum = default(SignalMoments);
        for (var i = 0; i < node.Inputs.Count; i++)
        {
            if (node.Inputs.Count > 2 || moments[node.Inputs[i]] is not { } input || Weighted(cell.Part(i), input) is not { } part)
            {
                return null;
            }

            sum = sum.Plus(part);
        }

        return sum;
    }

    private SignalMoments? Input(GraphNode node) => node.Inputs.Count == 1 ? moments[node.Inputs[0]] : null;

    private static SignalMoments? Weighted(WeightOperation weight, SignalMoments x)
    {
        // A common mean of all weights makes the units alike, and the theory of independent units does not hold.
        if (weight.Weight.Mean is not 0 || weight.Weight.Variance(weight.WeightFans) is not { } variance)
        {
            return null;
        }

        double biasMean = 0, biasVariance = 0;
        if (weight.Bias is { } bias)
        {
            if (bias.Mean is not { } mean || bias.VarianceFor(weight.WeightFans) is not { } spread)
            {
                return null;
            }

            biasMean = mean;
            biasVariance = spread;
        }

        var gain = weight.EffectiveFanIn * variance;
        var shift = (biasMean * biasMean) + biasVariance;
        return new SignalMoments((gain * x.SecondMoment) + shift, biasMean, (gain * x.SampleProduct) + shift);
    }

    // Deep stacks settle: the same expectations come back at every layer.
    private SignalMoments Activate(int id, Activation activation, SignalMoments z)
    {
        var key = (activation, z.Mean, z.Variance, z.SampleCorrelation);
        if (!known.TryGetValue(key, out var result))
        {
            known[key] = result = noise is null
                ? ActivationMoments.Of(activation, z.Mean, z.Variance, z.SampleCorrelation)
                : FromTable(activation, z) ?? ActivationMoments.OfOneSample(activation, z.Mean, z.Variance);
        }

        activated[id] = result;
        var limit = new SignalMoments(result.SecondMoment, result.Mean, result.SampleProduct);
        return Fluctuate(limit, result.FourthMoment, widths[id]);
    }

    private ActivationMoments? FromTable(Activation activation, SignalMoments z)
    {
        if (tables is null || z.Mean != 0 || !(z.Variance is > 1e-30 and < 1e30))
        {
            return null;
        }

        if (!tables.TryGetValue(activation, out var table))
        {
            tables[activation] = table = new ActivationMomentTable(activation);
        }

        return table.Of(z.Variance);
    }

    // The mean of x^2 over n independent elements has the variance (E[x^4] - E[x^2]^2) / n.
    private SignalMoments Fluctuate(SignalMoments x, double fourth, double? width)
    {
        if (noise is null || width is not { } n || !(x.SecondMoment > 0))
        {
            return x;
        }

        var spread = Math.Sqrt(Math.Max(0, fourth - (x.SecondMoment * x.SecondMoment)) / n) / x.SecondMoment;

        // Log-normal with mean 1: never negative.
        return x.Times(Math.Exp(((spread * noise()) - (spread * spread / 2)) / 2));
    }

    // A sample of standardised data has a norm of its own.
    private SignalMoments FluctuateData(SignalMoments x, WeightOperation weight) =>
        weight is LinearOperation linear ? Fluctuate(x, 3 * x.SecondMoment * x.SecondMoment, linear.InFeatures) : x;

    private static SignalMoments? Normalized(NormalizationOperation normalization, SignalMoments x)
    {
        if (normalization.Axes is not (NormalizationKind.Layer or NormalizationKind.Batch)
            || !(NormalizedVariance(normalization, x) is > 0 and var variance))
        {
            return null;
        }

        return normalization.Axes == NormalizationKind.Batch
            ? new SignalMoments(1, 0, 0)
            : new SignalMoments(1, 0, (x.SampleProduct - (x.Mean * x.Mean)) / variance);
    }

    /// <summary>The variance that a normalisation divides by.</summary>
    internal static double NormalizedVariance(NormalizationOperation normalization, SignalMoments x) =>
        normalization.Axes == NormalizationKind.Batch ? x.VarianceOverSamples : x.Variance;

    // The maximum over independent positions; neighbours are correlated, so this is an upper bound. The average is taken
    // over equal positions, so that it, too, errs towards a larger signal.
    private static SignalMoments? Pooled(PoolingOperation pooling, SignalMoments x)
    {
        if (pooling.IsAverage)
        {
            return x;
        }

        if (pooling.NormOrder is not null)
        {
            return null;
        }

        return pooling.WindowElements is { } window ? MaximumMoments.OfNormal(x, window) : null;
    }

    private SignalMoments? Sum(GraphNode node, AddOperation add)
    {
        if (add.Scales.Count != node.Inputs.Count)
        {
            return null;
        }

        var scales = new Dictionary<int, double>();
        for (var i = 0; i < node.Inputs.Count; i++)
        {
            var source = Values[node.Inputs[i]];
            scales[source] = (scales.TryGetValue(source, out var scale) ? scale : 0) + add.Scales[i];
        }

        var sum = default(SignalMoments);
        WeightRoots? seen = null;
        foreach (var term in scales)
        {
            if (moments[term.Key] is not { } value || (seen is not null && !seen.IsDisjoint(roots[term.Key])))
            {
                return null;
            }

            sum = sum.Plus(value.Times(term.Value));
            seen = seen is null ? roots[term.Key] : seen.Union(roots[term.Key]);
        }

        return sum;
    }

    private SignalMoments? Product(GraphNode node) =>
        node.Inputs.Count == 2
        && moments[node.Inputs[0]] is { } a
        && moments[node.Inputs[1]] is { } b
        && AreIndependent(node.Inputs[0], node.Inputs[1])
            ? a.TimesIndependent(b)
            : null;

    private double? WidthOf(GraphNode node) => node.Operation switch
    {
        LinearOperation linear => linear.OutFeatures,
        RecurrentCellOperation cell => cell.HiddenSize,
        WeightOperation or InputOperation or UnknownOperation or PoolingOperation => null,
        _ => node.Inputs.Select(input => widths[input]).FirstOrDefault(width => width is not null),
    };

    private WeightRoots RootsOf(GraphNode node)
    {
        if (node.Operation.IsWeightLayer || node.Inputs.Count == 0)
        {
            return WeightRoots.Of(node.Id);
        }

        var union = roots[node.Inputs[0]];
        for (var i = 1; i < node.Inputs.Count; i++)
        {
            union = union.Union(roots[node.Inputs[i]]);
        }

        return union;
    }

    private static SignalMoments? Limit(SignalMoments? moments)
    {
        if (moments is not { } value || double.IsNaN(value.SecondMoment) || double.IsNaN(value.SampleProduct))
        {
            return null;
        }

        if (value.SecondMoment <= Ceiling)
        {
            return value;
        }

        var shrink = double.IsInfinity(value.SecondMoment) ? 0 : Ceiling / value.SecondMoment;
        return new SignalMoments(Ceiling, value.Mean * Math.Sqrt(shrink), value.SampleProduct * shrink);
    }
}
