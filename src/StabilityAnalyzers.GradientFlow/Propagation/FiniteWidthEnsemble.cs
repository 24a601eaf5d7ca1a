namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// Layers of finite width do not have exactly the second moment of the limit. Where the recursion is stable that does not
/// matter; where it is not (GELU or SiLU with He initialisation, 20 layers and more) the differences grow from layer to
/// layer, and the root mean square over samples and seeds is far above the limit. There, the recursion is run many times
/// with the fluctuations that the widths imply, and the mean square is taken.
/// </summary>
internal static class FiniteWidthEnsemble
{
    /// <summary>Decades by which the ratio must move under one standard deviation in every layer, to look closer.</summary>
    private const double SuspiciousShift = 0.3;

    /// <summary>Standard deviation in decades below which the limit is as good.</summary>
    private const double NegligibleSpread = 0.1;

    /// <summary>Draws for a first look.</summary>
    private const int Probe = 8;

    /// <summary>Draws for the mean: about the number of samples in a batch, which is what a measurement sees.</summary>
    private const int Draws = 256;

    /// <summary>Above this product of nodes and draws the ensemble is left out: an editor waits for the answer.</summary>
    private const int Budget = 200_000;

    /// <summary>Puts the means of the ensemble into a backward pass where they differ from the limit.</summary>
    /// <remarks>BatchNorm needs the product of two samples, which the draws leave out, and sets the scale anew anyway.</remarks>
    /// <param name="graph">The model.</param>
    /// <param name="reference">Where the backward pass started.</param>
    /// <param name="backward">The pass in the limit of wide layers; changed.</param>
    /// <returns>Standard deviation of log10 of the ratio of the first layer; null if the limit holds.</returns>
    internal static double? Apply(ModelGraph graph, GradientReference reference, BackwardPass backward)
    {
        var tables = new Dictionary<Activation, ActivationMomentTable>();
        var first = FirstLayer(graph, backward);
        if (first < 0
            || graph.Nodes.Count * Draws > Budget
            || graph.Nodes.Any(node => node.Operation is NormalizationOperation { Axes: NormalizationKind.Batch })
            || !graph.Nodes.Any(node => node.Operation is ActivationOperation { Activation: var activation } && activation.DependsOnScale)
            || Math.Abs(Log(graph, reference, () => 1, tables, first) - Log(graph, reference, () => -1, tables, first)) is not > SuspiciousShift)
        {
            return null;
        }

        var normal = new RandomNumbers(graph.Nodes.Count);
        var logs = new List<double>();
        var sums = new double[graph.Nodes.Count];
        for (var draw = 0; draw < Draws; draw++)
        {
            if (draw == Probe && Deviation(logs) < NegligibleSpread)
            {
                return null;
            }

            var pass = Pass(graph, reference, normal.Normal, tables);
            logs.Add(0.5 * Math.Log10(pass.Norm(first) ?? double.NaN));
            for (var id = 0; id < sums.Length; id++)
            {
                sums[id] += (pass.Norm(id) ?? 0) / Draws;
            }
        }

        var spread = Deviation(logs);
        if (!(spread >= NegligibleSpread))
        {
            return null;
        }

        backward.Override(sums);
        return spread;
    }

    private static int FirstLayer(ModelGraph graph, BackwardPass backward)
    {
        foreach (var node in graph.Nodes)
        {
            if (node.Operation.IsWeightLayer && backward.Norm(node.Id) > 0)
            {
                return node.Id;
            }
        }

        return -1;
    }

    private static BackwardPass Pass(
        ModelGraph graph, GradientReference reference, Func<double> noise, Dictionary<Activation, ActivationMomentTable> tables) =>
        new(graph, new ForwardPass(graph, noise, tables), reference.Node);

    private static double Log(
        ModelGraph graph, GradientReference reference, Func<double> noise, Dictionary<Activation, ActivationMomentTable> tables, int layer) =>
        0.5 * Math.Log10(Pass(graph, reference, noise, tables).Norm(layer) ?? double.NaN);

    private static double Deviation(List<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Count);
    }
}
