namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Predicts the gradient flow of a model at initialisation with mean-field theory (Poole 2016, Schoenholz 2017): exact in
/// the limit of wide layers, and within a few hundredths of a decade where depth / width is below a quarter.
/// </summary>
public static class SignalPropagation
{
    // How far inside of the limits the figures of a first look must be. Of 3,987 generated models whose whole prediction is known
    // (screen 4000 --from 20001) the first look settles 1,745; the whole prediction of three of these is outside.
    private const double WideMargin = 6;
    private const double QuickMargin = 1.6;

    private enum Effort
    {
        Wide,
        Quick,
        Full,
        Patient,
    }

    /// <summary>Predicts second moments, gradient ratios and depth factors of every layer with a weight.</summary>
    /// <param name="graph">The model.</param>
    /// <returns>A prediction in which everything that does not follow from the graph is null.</returns>
    public static Prediction Predict(ModelGraph graph) => Predict(graph, Effort.Full);

    /// <summary>The same for somebody who waits: what is too large for the usual numeric pass is given some seconds.</summary>
    /// <param name="graph">The model.</param>
    public static Prediction PredictPatiently(ModelGraph graph) => Predict(graph, Effort.Patient);

    /// <summary>
    /// The same at the least cost that tells a sick model from a healthy one: where the limit of wide layers, or a small
    /// numeric pass, finds every depth factor well inside of the limits, their figures stand.
    /// </summary>
    /// <param name="graph">The model.</param>
    /// <param name="least">Least healthy depth factor.</param>
    /// <param name="greatest">Greatest healthy depth factor, and RMS of a layer's output.</param>
    public static Prediction Screen(ModelGraph graph, double least = 0.05, double greatest = 20)
    {
        var wide = PredictWide(graph);
        if (wide.IsHealthy(least * WideMargin, greatest / WideMargin))
        {
            return wide;
        }

        var quick = PredictQuickly(graph);
        return !quick.IsRough || quick.IsHealthy(least * QuickMargin, greatest / QuickMargin) ? quick : Predict(graph);
    }

    /// <summary>The same in the limit of wide layers, which costs least.</summary>
    internal static Prediction PredictWide(ModelGraph graph) => Predict(graph, Effort.Wide);

    /// <summary>The same with a small numeric pass where one is needed.</summary>
    internal static Prediction PredictQuickly(ModelGraph graph) => Predict(graph, Effort.Quick);

    /// <summary>The depth factor of one layer in the limit of wide layers, as <see cref="PredictWide"/> has it; null if it is not known.</summary>
    internal static double? WideDepthFactor(ModelGraph graph, int nodeId)
    {
        var forward = new ForwardPass(graph);
        if (GradientReference.Find(graph, Consumers(graph)) is not { } last)
        {
            return null;
        }

        var backward = new BackwardPass(graph, forward, last.Node);
        if (LacksFormulas(graph, backward) && NumericPropagation.RunQuicklyWhereNeeded(graph, last.Node, forward) is { Refusal: null } numeric)
        {
            backward.Override(numeric);
        }

        return backward.Reached[nodeId] ? Root(backward.Norm(nodeId), backward.Norm(last.LastLayer)) : null;
    }

    private static Prediction Predict(ModelGraph graph, Effort effort)
    {
        var forward = new ForwardPass(graph);
        var consumers = Consumers(graph);
        var last = GradientReference.Find(graph, consumers);
        var backward = last is { } reference ? new BackwardPass(graph, forward, reference.Node) : null;
        var attempt = backward is null || (effort == Effort.Wide && !LacksFormulas(graph, backward)) ? null
            : effort == Effort.Full ? NumericPropagation.RunWhereNeeded(graph, last!.Value.Node, forward)
            : effort == Effort.Patient ? NumericPropagation.RunPatientlyWhereNeeded(graph, last!.Value.Node, forward)
            : NumericPropagation.RunQuicklyWhereNeeded(graph, last!.Value.Node, forward);
        var numeric = attempt is { Refusal: null } ? attempt : null;
        if (numeric is not null)
        {
            backward!.Override(numeric);
        }

        var spread = backward is null || numeric is not null || effort == Effort.Wide ? null : FiniteWidthEnsemble.Apply(graph, last!.Value, backward);
        var layers = new List<LayerPrediction>();
        LayerPrediction? lastLayer = null;
        var next = NextLayers(graph, consumers, backward);
        var flows = new Dictionary<Operation, RecurrentFlow?>();
        foreach (var node in graph.Nodes)
        {
            if (!node.Operation.IsWeightLayer)
            {
                continue;
            }

            var layer = Layer(node, forward, numeric, backward, last?.LastLayer, next[node.Id]);
            if (!flows.TryGetValue(node.Operation, out var flow))
            {
                flows[node.Operation] = flow = RecurrentFlows.Of(node.Operation, Signal(node, 0, forward, numeric));
            }

            layer = layer with { Recurrent = flow };
            layers.Add(layer);
            if (node.Id == last?.LastLayer)
            {
                lastLayer = layer;
            }
        }

        var repeats = graph.Nodes
            .Where(node => node.Operation is RepeatOperation)
            .Select(node => RepeatedPart.Predict(node.Id, ((RepeatOperation)node.Operation).Body, node.Inputs.Count == 1 ? forward[node.Inputs[0]] : null))
            .ToArray();
        return new Prediction(graph, layers, lastLayer, spread, id => backward is null ? null : Cause(graph, id, last!.Value.LastLayer, consumers, backward))
        {
            Repeats = repeats,
            MissingBecause = attempt?.Refusal ?? attempt?.Remark,
            IsRough = effort == Effort.Wide || (effort == Effort.Quick && attempt is not null),
        };
    }

    /// <summary>
    /// The factor on the RMS of the error signal of one layer in a long stack of the same: sqrt(chi) at the second moment
    /// that the stack settles to.
    /// </summary>
    /// <param name="activation">The activation.</param>
    /// <param name="weightGain">fan_in times the variance of a weight (sw2).</param>
    /// <param name="biasVariance">Variance of the bias.</param>
    public static double FactorPerLayer(Activation activation, double weightGain, double biasVariance = 0)
    {
        var q = weightGain + biasVariance;
        for (var i = 0; i < 50; i++)
        {
            var next = (weightGain * ActivationMoments.Of(activation, 0, q).SecondMoment) + biasVariance;
            if (!(next < 1e76) || Math.Abs(next - q) < 1e-6 * q)
            {
                break;
            }

            q = next;
        }

        return Math.Sqrt(weightGain * ActivationMoments.Of(activation, 0, q).SlopeSecondMoment);
    }

    private static double? Signal(GraphNode node, int input, ForwardPass forward, NumericPropagation? numeric) =>
        node.Inputs.Count > input ? numeric?.SecondMoment(node.Inputs[input]) ?? forward[node.Inputs[input]]?.SecondMoment : null;

    private static bool LacksFormulas(ModelGraph graph, BackwardPass backward) =>
        graph.Nodes.Any(node => node.Operation.IsWeightLayer && backward.Reached[node.Id] && backward.Norm(node.Id) is null);

    private static LayerPrediction Layer(GraphNode node, ForwardPass forward, NumericPropagation? numeric, BackwardPass? backward, int? last, int? next)
    {
        double? ratio = null, depth = null, step = null;
        if (backward is not null && last is { } reference && backward.Reached[node.Id])
        {
            ratio = Root(backward.Element(node.Id), backward.Element(reference));
            depth = Root(backward.Norm(node.Id), backward.Norm(reference));
            step = next is { } following ? Root(backward.Norm(node.Id), backward.Norm(following)) : null;
        }

        var path = string.IsNullOrEmpty(node.Path) ? $"{node.Operation.Kind}#{node.Id}" : node.Path!;
        return new LayerPrediction(node.Id, path, node.Operation.Kind, numeric?.SecondMoment(node.Id) ?? forward[node.Id]?.SecondMoment, ratio, depth, step);
    }

    private static double? Root(double? numerator, double? denominator) =>
        numerator is { } n && denominator is > 0 and var d ? Math.Sqrt(n / d) : null;

    private static List<int>[] Consumers(ModelGraph graph)
    {
        var consumers = new List<int>[graph.Nodes.Count];
        for (var i = 0; i < consumers.Length; i++)
        {
            consumers[i] = [];
        }

        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
            {
                consumers[input].Add(node.Id);
            }
        }

        return consumers;
    }

    // For each node the next weight layer on the way that carries most of the gradient.
    private static int?[] NextLayers(ModelGraph graph, List<int>[] consumers, BackwardPass? backward)
    {
        var next = new int?[graph.Nodes.Count];
        for (var id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            next[id] = Strongest(id, consumers, backward) is not { } node ? null
                : graph.Nodes[node].Operation.IsWeightLayer ? node
                : next[node];
        }

        return next;
    }

    private static int? Strongest(int id, List<int>[] consumers, BackwardPass? backward)
    {
        if (consumers[id] is [var only])
        {
            return backward is not null && backward.Reached[only] && backward.Norm(only) is not null ? only : null;
        }

        int? best = null;
        foreach (var consumer in consumers[id])
        {
            if (backward is not null && backward.Reached[consumer]
                && backward.Norm(consumer) is { } norm && (best is null || norm > backward.Norm(best.Value)))
            {
                best = consumer;
            }
        }

        return best;
    }

    private static GradientCause? Cause(ModelGraph graph, int from, int last, List<int>[] consumers, BackwardPass backward)
    {
        var groups = new Dictionary<string, List<(int Id, double Log)>>();
        double total = 0;
        var layer = from;
        var label = "linear";
        for (int? at = from; at is { } node && layer != last;)
        {
            at = Strongest(node, consumers, backward);
            if (at is not { } next)
            {
                break;
            }

            if (graph.Nodes[next].Operation is ActivationOperation activation && label == "linear")
            {
                label = activation.Activation.Name;
            }

            if (graph.Nodes[next].Operation.IsWeightLayer)
            {
                if (backward.Norm(layer) is > 0 and var here && backward.Norm(next) is > 0 and var there)
                {
                    if (!groups.TryGetValue(label, out var group))
                    {
                        groups[label] = group = [];
                    }

                    var log = 0.5 * Math.Log(here / there);
                    group.Add((layer, log));
                    total += log;
                }

                layer = next;
                label = "linear";
            }
        }

        var worst = groups.OrderByDescending(group => group.Value.Sum(item => item.Log) * Math.Sign(total)).FirstOrDefault();
        return worst.Value is { Count: > 0 } found
            ? new GradientCause(
                worst.Key, found.Count, Math.Exp(found.Sum(item => item.Log) / found.Count), found.Select(item => item.Id).ToArray())
            : null;
    }
}
