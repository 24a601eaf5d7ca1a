using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// A second way to the same numbers, for what has no formula that holds: a small network with random weights is run forwards
/// and backwards in plain arrays. Layers that are wider than it computes keep their exact gain fan_in Var(w), so that depth
/// acts as in the model, and the numbers of elements are those of the model. Seeded: the same graph gives the same numbers.
/// </summary>
internal sealed class NumericPropagation
{
    /// <summary>Nodes beyond which there is no numeric pass.</summary>
    private const int MostNodes = 3000;

    /// <summary>If an assumed size changes log10 of a ratio by more, the ratio depends on what is not known.</summary>
    private const double TolerableShift = 0.25;

    /// <summary>Positions along a dimension that are computed at most, by the number of dimensions.</summary>
    private static readonly long[] MostPositions = [1, 64, 16, 6];

    /// <summary>Sizes that are assumed where nothing says the size: a smaller and a larger one.</summary>
    private static readonly (long Small, long Large)[] AssumedSizes = [(1, 1), (12, 24), (8, 12), (4, 6)];

    /// <summary>Sizes of inputs that are tried: all small ones, and those that images have.</summary>
    private static readonly long[] Sizes =
    [
        .. Enumerable.Range(1, 64).Select(size => (long)size),
        .. new long[] { 80, 84, 96, 100, 110, 112, 120, 128, 144, 150, 160, 180, 192, 200, 210, 224, 227, 229, 240, 256, 299, 300, 320, 384, 400, 416, 448, 480, 500, 512 },
    ];

    private static readonly ConditionalWeakTable<ModelGraph, ConcurrentDictionary<int, NumericPropagation?>> Known = new();

    private readonly double?[] norms;
    private readonly double?[] elements;
    private readonly double?[] moments;

    private NumericPropagation(string refusal)
        : this(0) => Refusal = refusal;

    private NumericPropagation(int count)
    {
        norms = new double?[count];
        elements = new double?[count];
        moments = new double?[count];
    }

    /// <summary>Why nothing was computed, in words for a person; null if something was.</summary>
    internal string? Refusal { get; }

    /// <summary>Why some figures are missing although a pass was run, in words for a person; null if none are.</summary>
    internal string? Remark { get; private set; }

    /// <summary>Squared norm of the error signal without geometry, relative to the reference; null if unknown.</summary>
    internal double? Norm(int id) => norms[id];

    /// <summary>Second moment of one element of the error signal, relative to the reference; null if unknown.</summary>
    internal double? Element(int id) => elements[id];

    /// <summary>E[x^2] of a node's output; null if unknown.</summary>
    internal double? SecondMoment(int id) => moments[id];

    /// <summary>Runs the numeric pass where the graph holds something without a formula; null where it holds nothing such.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reference">The node at which the error signal is 1.</param>
    /// <param name="forward">What the formulas say.</param>
    internal static NumericPropagation? RunWhereNeeded(ModelGraph graph, int reference, ForwardPass forward) =>
        Known.GetOrCreateValue(graph).GetOrAdd(reference, _ => IsNeeded(graph, reference, forward) ? Run(graph, reference, NumericEffort.Full) : null);

    /// <summary>The same for what was refused because of its cost, at more of it.</summary>
    internal static NumericPropagation? RunPatientlyWhereNeeded(ModelGraph graph, int reference, ForwardPass forward) =>
        RunWhereNeeded(graph, reference, forward) is { } usual ? usual.Refusal is null ? usual : Run(graph, reference, NumericEffort.Patient) : null;

    /// <summary>The same at a fraction of the cost, whose figures tell what is far from every limit.</summary>
    internal static NumericPropagation? RunQuicklyWhereNeeded(ModelGraph graph, int reference, ForwardPass forward) =>
        IsNeeded(graph, reference, forward) ? Run(graph, reference, NumericEffort.Quick) : null;

    private static bool IsNeeded(ModelGraph graph, int reference, ForwardPass forward)
    {
        var isBefore = Ancestors(graph, reference);
        var isNormal = NormalSignals(graph);
        return graph.Nodes.Any(node => isBefore[node.Id] && HasNoFormula(node, forward, isNormal));
    }

    // What weights make is normal in wide layers, and so are sums of it; an activation makes something else of it, and the
    // expectations over normal numbers do not hold for a second one behind it.
    private static bool[] NormalSignals(ModelGraph graph)
    {
        var isNormal = new bool[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            isNormal[node.Id] = node.Operation switch
            {
                WeightOperation or InputOperation or EmbeddingOperation => true,
                AddOperation or ScaleOperation or OffsetOperation or NormalizationOperation or ShapeOperation =>
                    node.Inputs.All(input => isNormal[input]),
                _ => false,
            };
        }

        return isNormal;
    }

    private static bool HasNoFormula(GraphNode node, ForwardPass forward, bool[] isNormal) => node.Operation switch
    {
        RecurrentOperation or GatedCellOperation or CellStateOperation or AttentionOperation or TransformerOperation or BilinearOperation
            or FeatureSliceOperation or GatedLinearUnitOperation or ConcatenationOperation or SelectOperation or ReductionOperation
            or PoolingOperation or SequenceOperation or SoftmaxOperation => true,
        NormalizationOperation normalization => normalization.Axes is NormalizationKind.Group or NormalizationKind.Instance || normalization.Dimensions > 1,
        ConvolutionOperation convolution => convolution.Window is not null,

        ActivationOperation => !isNormal[node.Inputs[0]],

        // Sums and products whose terms hang together.
        AddOperation or MultiplyOperation => forward[node.Id] is null && node.Inputs.All(input => forward[input] is not null),
        _ => false,
    };

    /// <summary>Runs the numeric pass.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reference">The node at which the error signal is 1.</param>
    /// <param name="effort">What it may cost.</param>
    /// <returns>Null if it would cost too much.</returns>
    internal static NumericPropagation? Run(ModelGraph graph, int reference, NumericEffort effort)
    {
        if (graph.Nodes.Count > MostNodes)
        {
            return new NumericPropagation(FormattableString.Invariant($"{graph.Nodes.Count} operations are too many for a numeric pass"));
        }

        var demands = new ShapeDemands(graph);
        var isBefore = Ancestors(graph, reference);
        var dimensions = demands.Dimensions.Max();
        var (small, large) = AssumedSizes[Math.Min(3, dimensions)];
        var known = graph.Nodes.Select(node => (node.Operation as InputOperation)?.Positions ?? (node.Operation as EmbeddingOperation)?.Positions).Where(positions => positions is not null).ToArray();
        if (known.Length > 0)
        {
            var model = new GraphGeometry(graph, demands, small, isAssumed: true);
            return Run(graph, reference, isBefore, model, Shrunk(graph, demands, model, small, known.Max(positions => positions!.Max()), dimensions), effort);
        }

        if (InferredSize(graph, demands, dimensions) is { } size)
        {
            var model = new GraphGeometry(graph, demands, size, isAssumed: false);
            return Run(graph, reference, isBefore, model, Reduced(graph, demands, model, size, dimensions), effort);
        }

        var first = Valid(graph, demands, small);
        if (first is null)
        {
            return null;
        }

        if (!graph.Nodes.Any(node => isBefore[node.Id] && first.Value.Geometry[node.Id].Grid is { Count: > 0 } && IsSource(node)))
        {
            return Run(graph, reference, isBefore, first.Value.Geometry, first.Value.Geometry, effort);
        }

        if (effort.SizeFactor > 1)
        {
            first = Valid(graph, demands, first.Value.Size * effort.SizeFactor)!;
        }

        // What depends on the size that is assumed is not known.
        var second = Valid(graph, demands, first!.Value.Size * large / small);
        var a = Run(graph, reference, isBefore, first.Value.Geometry, first.Value.Geometry, effort, 1.0 / 3);
        var b = second is null ? null : Run(graph, reference, isBefore, second.Value.Geometry, second.Value.Geometry, effort, 2.0 / 3);
        return a is null || b is null ? null : a.Refusal is not null ? a : b.Refusal is not null ? b : Agreement(a, b);
    }

    private static bool IsSource(GraphNode node) => node.Operation is InputOperation or EmbeddingOperation;

    private static bool[] Ancestors(ModelGraph graph, int reference)
    {
        var isBefore = new bool[graph.Nodes.Count];
        isBefore[reference] = true;
        for (var id = reference; id >= 0; id--)
        {
            if (isBefore[id])
            {
                foreach (var input in graph.Nodes[id].Inputs)
                {
                    isBefore[input] = true;
                }
            }
        }

        return isBefore;
    }

    // The size of the input that makes every flattening fit the linear layer behind it.
    private static long? InferredSize(ModelGraph graph, ShapeDemands demands, int dimensions)
    {
        if (dimensions == 0)
        {
            return null;
        }

        var isWorth = new GraphGeometry(graph, demands, AssumedSizes[Math.Min(3, dimensions)].Large * 4, isAssumed: true).HasFlattening;
        foreach (var size in isWorth ? Sizes : [])
        {
            var geometry = new GraphGeometry(graph, demands, size, isAssumed: false);
            if (geometry.HasFlattening && !geometry.HasMismatch)
            {
                return size;
            }
        }

        return null;
    }

    private static GraphGeometry Shrunk(ModelGraph graph, ShapeDemands demands, GraphGeometry model, long small, long longest, int dimensions)
    {
        var reduced = model;
        for (long shrink = 2; longest / (shrink / 2) > MostPositions[Math.Min(3, dimensions)]; shrink *= 2)
        {
            var next = new GraphGeometry(graph, demands, small, isAssumed: true, shrink);
            if (graph.Nodes.Any(node => next[node.Id].Grid is null && model[node.Id].Grid is not null))
            {
                break;
            }

            reduced = next;
        }

        return reduced;
    }

    // The same model with fewer positions, where there are more than are worth computing.
    private static GraphGeometry? Reduced(ModelGraph graph, ShapeDemands demands, GraphGeometry model, long size, int dimensions)
    {
        var reduced = model;
        for (var smaller = size; smaller > MostPositions[Math.Min(3, dimensions)]; smaller /= 2)
        {
            var next = new GraphGeometry(graph, demands, Math.Max(1, smaller / 2), isAssumed: false);
            if (graph.Nodes.Any(node => next[node.Id].Grid is null && model[node.Id].Grid is not null))
            {
                break;
            }

            reduced = next;
        }

        return reduced;
    }

    // The least size from a given one on that leaves something of every tensor.
    private static (GraphGeometry Geometry, long Size)? Valid(ModelGraph graph, ShapeDemands demands, long size)
    {
        (GraphGeometry Geometry, long Size)? best = null;
        var fewest = int.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++, size *= 2)
        {
            var geometry = new GraphGeometry(graph, demands, size, isAssumed: true);
            var missing = graph.Nodes.Count(node => geometry[node.Id].Grid is null);
            if (missing < fewest)
            {
                fewest = missing;
                best = (geometry, size);
            }
        }

        return best;
    }

    private static NumericPropagation? Run(ModelGraph graph, int reference, bool[] isBefore, GraphGeometry model, GraphGeometry? numeric, NumericEffort effort, double share = 1)
    {
        share *= graph.Nodes.Any(node => node.Operation is RecurrentOperation or GatedCellOperation) ? effort.RecurrentShare : 1;
        if (numeric is null)
        {
            return null;
        }

        var budget = share * effort.Elements;
        if (ScaleFor(graph, isBefore, numeric, effort, budget) is not { } scale)
        {
            var (features, samples, _) = effort.Scales[effort.Scales.Count - 1];
            var cost = CostOf(graph, isBefore, numeric, new NumericScale(samples, features, 1, numeric));
            return new NumericPropagation(FormattableString.Invariant($"a numeric pass would compute {cost / 1e6:0.0#} million elements, of at most {budget / 1e6:0.0#}, and there is no formula"));
        }

        var result = new NumericPropagation(graph.Nodes.Count);
        var needsBoth = graph.Nodes.Any(node => isBefore[node.Id] && node.Operation is PoolingOperation { IsAverage: true } or ReductionOperation);
        double[] squares = new double[graph.Nodes.Count], back = new double[graph.Nodes.Count], undone = new double[graph.Nodes.Count];
        bool[]? isKnown = null;
        for (var replica = 0; replica < scale.Replicas; replica++)
        {
            var tape = new Tape(new RandomNumbers((graph.Nodes.Count * 31) + replica));
            var values = new NumericOperations(tape, graph, model, scale);
            foreach (var node in graph.Nodes)
            {
                if (isBefore[node.Id])
                {
                    values.Compute(node);
                    squares[node.Id] += values[node.Id] is { } value ? MeanSquare(value.Value) : 0;
                }
            }

            isKnown = Reaching(graph, reference, isBefore, values);
            for (var id = 0; id <= reference; id++)
            {
                result.moments[id] = values[id] is null ? null : Finite(squares[id] / (replica + 1));
            }

            if (values[reference] is not { } last)
            {
                return result;
            }

            var gradient = new double[last.Value.Length];
            for (var i = 0; i < gradient.Length; i++)
            {
                gradient[i] = tape.Random.Normal();
            }

            Accumulate(tape, values, last, gradient, false, back);
            if (needsBoth)
            {
                Accumulate(tape, values, last, gradient, true, undone);
            }
        }

        undone = needsBoth ? undone : back;
        for (var id = 0; id <= reference; id++)
        {
            if (isKnown is null || !isKnown[id])
            {
                continue;
            }

            result.norms[id] = Finite(undone[id] / undone[reference]);
            result.elements[id] = Elements(model, reference) / Elements(model, id) is { } ratio
                && model[id].IsAssumed == model[reference].IsAssumed
                && result.norms[id] is not null
                    ? Finite(back[id] / back[reference] * ratio)
                    : null;
        }

        return result;
    }

    private static double? Elements(GraphGeometry model, int id) => model[id].Width * model[id].Positions;

    private static double? Finite(double value) => double.IsNaN(value) || double.IsInfinity(value) ? null : value;

    private static void Accumulate(Tape tape, NumericOperations values, Variable last, double[] gradient, bool undoesAveraging, double[] sums)
    {
        tape.Differentiate(last, gradient, undoesAveraging);
        for (var id = 0; id < sums.Length; id++)
        {
            sums[id] += values[id]?.Gradient is { } reached ? SumOfSquares(reached) : 0;
        }
    }

    private static double MeanSquare(double[] values) => SumOfSquares(values) / values.Length;

    private static double SumOfSquares(double[] values)
    {
        double sum = 0;
        foreach (var value in values)
        {
            sum += value * value;
        }

        return sum;
    }

    // The gradient of a node is known if that of everything is that reads it.
    private static bool[] Reaching(ModelGraph graph, int reference, bool[] isBefore, NumericOperations values)
    {
        var isKnown = new bool[graph.Nodes.Count];
        for (var id = 0; id <= reference; id++)
        {
            isKnown[id] = isBefore[id] && values[id] is not null;
        }

        for (var id = reference; id >= 0; id--)
        {
            if (isBefore[id] && !isKnown[id])
            {
                foreach (var input in graph.Nodes[id].Inputs)
                {
                    isKnown[input] = false;
                }
            }
        }

        return isKnown;
    }

    private static NumericScale? ScaleFor(ModelGraph graph, bool[] isBefore, GraphGeometry numeric, NumericEffort effort, double budget)
    {
        var overSamples = graph.Nodes.Any(node => node.Operation is NormalizationOperation { Axes: NormalizationKind.Batch }) && !numeric.HasPositions;
        foreach (var (features, samples, fewest) in effort.Scales)
        {
            var scale = new NumericScale(overSamples ? 32 : samples, features, 1, numeric);
            var cost = CostOf(graph, isBefore, numeric, scale);
            if (cost * fewest <= budget)
            {
                return scale with { Replicas = (int)Math.Min(effort.MostReplicas, budget / Math.Max(1, cost)) };
            }
        }

        return null;
    }

    private static double CostOf(ModelGraph graph, bool[] isBefore, GraphGeometry numeric, NumericScale scale) =>
        graph.Nodes.Where(node => isBefore[node.Id]).Sum(node => Cost(node, numeric, scale)) * scale.Samples;

    // Elements that are computed, weighted with the number of tensors behind a node.
    private static double Cost(GraphNode node, GraphGeometry numeric, NumericScale scale)
    {
        var elements = (numeric[node.Id].Positions ?? 1) * scale.Features(numeric[node.Id].Width ?? 64);
        return elements * node.Operation switch
        {
            RecurrentOperation recurrent => 20 * recurrent.Layers * (recurrent.Cell == RecurrentKind.Rnn ? 0.3 : 1),
            GatedCellOperation => 20,
            TransformerOperation transformer => 15 * transformer.Layers,
            AttentionOperation => 8,
            ConvolutionOperation convolution => 1 + (convolution.KernelElements / 16.0),
            BilinearOperation => scale.MostFeatures,
            _ => 1,
        };
    }

    private static NumericPropagation Agreement(NumericPropagation a, NumericPropagation b)
    {
        var result = new NumericPropagation(a.norms.Length);
        for (var id = 0; id < a.norms.Length; id++)
        {
            result.norms[id] = Agreed(a.norms[id], b.norms[id]);
            result.elements[id] = Agreed(a.elements[id], b.elements[id]);
            result.moments[id] = Agreed(a.moments[id], b.moments[id]);
            if (result.norms[id] is null && a.norms[id] is not null && b.norms[id] is not null)
            {
                result.Remark = "the gradient depends on the size of the input, which the code does not say";
            }
        }

        return result;
    }

    private static double? Agreed(double? a, double? b)
    {
        if (a is not { } x || b is not { } y)
        {
            return null;
        }

        if (x == 0 && y == 0)
        {
            return 0;
        }

        var shift = 0.5 * Math.Abs(Math.Log10(x / y));
        return shift <= Math.Max(TolerableShift, 0.05 * Math.Abs(0.5 * Math.Log10(x))) ? Math.Sqrt(x * y) : null;
    }
}
