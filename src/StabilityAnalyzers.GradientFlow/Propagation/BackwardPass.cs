namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Second moments of the error signal at every node, from a reference node backwards (Schoenholz 2017). Two of them: of the
/// whole tensor (squared norm, without the geometry of widths, strides and pooling) and of one element.
/// </summary>
internal sealed class BackwardPass
{
    private readonly ForwardPass forward;
    private readonly double?[] norm;
    private readonly double?[] element;

    /// <param name="graph">The graph.</param>
    /// <param name="forward">Its forward statistics.</param>
    /// <param name="reference">The node at which the error signal is 1.</param>
    internal BackwardPass(ModelGraph graph, ForwardPass forward, int reference)
    {
        this.forward = forward;
        norm = new double?[graph.Nodes.Count];
        element = new double?[graph.Nodes.Count];
        var reached = new bool[graph.Nodes.Count];
        reached[reference] = true;
        norm[reference] = 1;
        element[reference] = 1;
        for (var id = reference; id >= 0; id--)
        {
            if (!reached[id])
            {
                continue;
            }

            var node = graph.Nodes[id];
            for (var i = 0; i < node.Inputs.Count; i++)
            {
                var input = node.Inputs[i];
                var (normFactor, elementFactor) = Factors(node, i);
                norm[input] = Sum(reached[input], norm[input], norm[id] * normFactor);
                element[input] = Sum(reached[input], element[input], element[id] * elementFactor);
                reached[input] = true;
            }
        }

        Reached = reached;
    }

    /// <summary>Whether a node lies before the reference node.</summary>
    internal IReadOnlyList<bool> Reached { get; }

    /// <summary>Squared norm of the error signal without geometry, relative to the reference; null if unknown.</summary>
    internal double? Norm(int id) => norm[id];

    /// <summary>Second moment of one element of the error signal, relative to the reference; null if unknown.</summary>
    internal double? Element(int id) => element[id];

    private static double? Sum(bool hasValue, double? sum, double? term) => hasValue ? sum + term : term;

    // By what a node multiplies the second moments on the way to one of its inputs.
    private (double? Norm, double? Element) Factors(GraphNode node, int input)
    {
        switch (node.Operation)
        {
            case WeightOperation weight:
                var chi = weight.Weight.Mean is 0 ? weight.EffectiveFanIn * weight.Weight.Variance(weight.WeightFans) : null;
                return (chi, chi * weight.ElementRatio);
            case ActivationOperation:
                return Both(forward.SlopeSecondMoment(node.Id));
            case NormalizationOperation normalization:
                return Both(forward[node.Inputs[0]] is { } x && ForwardPass.NormalizedVariance(normalization, x) is > 0 and var variance
                    ? 1 / variance
                    : null);
            case DropoutOperation dropout:
                return Both(1 / (1 - dropout.Probability));
            case PoolingOperation pooling:
                return (1, PooledElement(pooling));
            case ScaleOperation scale:
                return Both(scale.Factor * scale.Factor);
            case ShapeOperation:
                return (1, 1);
            case AddOperation add when add.Scales.Count == node.Inputs.Count:
                return Both(add.Scales[input] * add.Scales[input]);
            case MultiplyOperation when node.Inputs.Count == 2 && forward.AreIndependent(node.Inputs[0], node.Inputs[1]):
                return Both(forward[node.Inputs[1 - input]]?.SecondMoment);
            default:
                return (null, null);
        }
    }

    private static (double? Norm, double? Element) Both(double? factor) => (factor, factor);

    // An average gives each of its positions the window-th part; overlapping windows add up as independent ones. A maximum
    // gives everything to one position.
    private static double? PooledElement(PoolingOperation pooling) =>
        pooling.IsAverage
            ? 1.0 / (pooling.WindowElements * (double?)pooling.StrideElements)
            : 1.0 / pooling.StrideElements;
}
