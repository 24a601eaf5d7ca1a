namespace StabilityAnalyzers.GradientFlow;

/// <summary>What is known of the shape of a node's output.</summary>
/// <param name="Width">Features or channels of the model; null if not known.</param>
/// <param name="Grid">Positions along each dimension, empty without positions; null if not known.</param>
/// <param name="IsAssumed">True if the positions follow from an assumed size of the input.</param>
internal readonly record struct NodeShape(double? Width, EquatableList<long>? Grid, bool IsAssumed)
{
    /// <summary>A shape of which nothing is known.</summary>
    internal static NodeShape Unknown => new(null, null, true);

    /// <summary>Number of positions; null if not known.</summary>
    internal double? Positions => Grid?.Aggregate(1.0, (product, length) => product * length);
}

/// <summary>
/// Widths and positions of every node. The size of an input is rarely in the source: it is taken as given, and the
/// geometry says whether a linear layer behind a flattening contradicts it.
/// </summary>
internal sealed class GraphGeometry
{
    private static readonly EquatableList<long> NoPositions = new();
    private readonly NodeShape[] shapes;
    private readonly ShapeDemands demands;
    private readonly long size;
    private readonly bool isAssumed;
    private readonly long shrink;

    /// <param name="graph">The graph.</param>
    /// <param name="demands">What the layers ask of their inputs.</param>
    /// <param name="size">Positions of every input along each dimension.</param>
    /// <param name="isAssumed">True if that is a guess.</param>
    /// <param name="shrink">By how much inputs of known size are made smaller.</param>
    internal GraphGeometry(ModelGraph graph, ShapeDemands demands, long size, bool isAssumed, long shrink = 1)
    {
        this.shrink = shrink;
        this.demands = demands;
        this.size = size;
        this.isAssumed = isAssumed;
        shapes = new NodeShape[graph.Nodes.Count];
        Flattens = new bool[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            shapes[node.Id] = ShapeOf(node);
        }
    }

    /// <summary>The shape of a node's output.</summary>
    internal NodeShape this[int id] => shapes[id];

    /// <summary>Whether a linear layer reads features and positions as one.</summary>
    internal bool[] Flattens { get; }

    /// <summary>True if there is a linear layer behind a flattening.</summary>
    internal bool HasFlattening { get; private set; }

    /// <summary>True if a layer does not fit what comes into it.</summary>
    internal bool HasMismatch { get; private set; }

    /// <summary>True if some node has positions.</summary>
    internal bool HasPositions => shapes.Any(shape => shape.Grid is { Count: > 0 });

    private NodeShape ShapeOf(GraphNode node)
    {
        var input = node.Inputs.Count > 0 ? shapes[node.Inputs[0]] : NodeShape.Unknown;
        switch (node.Operation)
        {
            case InputOperation { Positions: { } positions } when positions.Count == demands.Dimensions[node.Id]:
                return new NodeShape(demands.Width[node.Id], Shrunk(positions), false);
            case InputOperation:
                return new NodeShape(demands.Width[node.Id], Cube(demands.Dimensions[node.Id]), demands.Dimensions[node.Id] > 0 && isAssumed);
            case EmbeddingOperation { Positions: { } positions } embedding when positions.Count == demands.Dimensions[node.Id]:
                return new NodeShape(embedding.Width, Shrunk(positions), false);
            case EmbeddingOperation embedding:
                return new NodeShape(embedding.Width, Cube(demands.Dimensions[node.Id]), demands.Dimensions[node.Id] > 0 && isAssumed);
            case LinearOperation linear:
                return Linear(node.Id, linear, input);
            case ConvolutionOperation convolution:
                return Windowed(input, convolution.Window ?? DefaultWindows.Of(convolution), convolution.Transposed) with { Width = convolution.OutChannels };
            case PoolingOperation pooling:
                return Pooled(input, pooling);
            case RecurrentOperation recurrent:
                return input with { Width = recurrent.OutputSize };
            case GatedCellOperation cell:
                return new NodeShape(cell.HiddenSize, NoPositions, false);
            case RecurrentCellOperation cell:
                return new NodeShape(cell.HiddenSize, NoPositions, false);
            case CellStateOperation:
                return new NodeShape(input.Width, NoPositions, false);
            case BilinearOperation bilinear:
                return input with { Width = bilinear.OutFeatures };
            case SelectOperation or ReductionOperation:
                return new NodeShape(input.Width, NoPositions, false);
            case SequenceOperation:
                return Sequence(node);
            case FeatureSliceOperation slice:
                return input with { Width = input.Width * slice.Fraction };
            case GatedLinearUnitOperation:
                return input with { Width = input.Width / 2 };
            case ConcatenationOperation cat:
                return Largest(node) with { Width = node.Inputs.Select((id, i) => shapes[id].Width ?? (i < cat.Widths.Count ? cat.Widths[i] : null)).Aggregate((double?)0, (sum, width) => sum + width) };
            case ShapeOperation shape:
                return Reshaped(node.Id, shape, input);
            case UnknownOperation or RepeatOperation:
                return NodeShape.Unknown;
            default:
                return Largest(node);
        }
    }

    private NodeShape Sequence(GraphNode node)
    {
        var parts = node.Inputs.Select(id => shapes[id]).ToArray();
        return parts.Any(part => part.Grid is not { Count: <= 1 })
            ? NodeShape.Unknown with { Width = parts[0].Width }
            : new NodeShape(parts[0].Width, new EquatableList<long>(parts.Sum(part => part.Grid!.Count == 0 ? 1 : part.Grid[0])), parts.Any(part => part.IsAssumed));
    }

    private EquatableList<long> Shrunk(EquatableList<long> positions) =>
        new(positions.Select(length => Math.Max(1, length / shrink)).ToArray());

    private EquatableList<long> Cube(int dimensions) => new(Enumerable.Repeat(size, dimensions).ToArray());

    private NodeShape Linear(int id, LinearOperation linear, NodeShape input)
    {
        if (input.Width is not { } width || Math.Abs(width - linear.InFeatures) < 0.5 || input.Grid is null)
        {
            return input with { Width = linear.OutFeatures };
        }

        if (input.Grid.Count == 0 || linear.InFeatures % width > 0.5)
        {
            HasMismatch = true;
            return NodeShape.Unknown with { Width = linear.OutFeatures };
        }

        Flattens[id] = true;
        HasFlattening = true;
        HasMismatch |= input.IsAssumed || Math.Abs((width * input.Positions!.Value) - linear.InFeatures) > 0.5;
        return new NodeShape(linear.OutFeatures, NoPositions, false);
    }

    /// <summary>True if every flattening has the number of elements that the layer behind it asks for.</summary>
    internal bool FitsFlattenings(ModelGraph graph) => graph.Nodes.All(node =>
        !Flattens[node.Id]
        || (shapes[node.Inputs[0]] is { Width: { } width, Positions: { } positions }
            && Math.Abs((width * positions) - ((LinearOperation)node.Operation).InFeatures) < 0.5));

    private static NodeShape Windowed(NodeShape input, WindowGeometry? window, bool transposed)
    {
        if (input.Grid is not { } grid || window is null || grid.Count != window.Sizes.Count)
        {
            return NodeShape.Unknown;
        }

        var lengths = grid.Select((length, d) => window.OutputLength(d, length, transposed)).ToArray();
        return lengths.Contains(0) ? NodeShape.Unknown : input with { Grid = new EquatableList<long>(lengths) };
    }

    private static NodeShape Pooled(NodeShape input, PoolingOperation pooling)
    {
        if (pooling.OutputSizes is { } sizes)
        {
            return sizes.Contains(0) ? NodeShape.Unknown with { Width = input.Width } : new NodeShape(input.Width, sizes, false);
        }

        return Windowed(input, pooling.Window ?? DefaultWindows.Of(pooling), false) with { Width = input.Width };
    }

    // A reshape to an image, in front of a convolution: the features become channels and positions.
    private NodeShape Reshaped(int id, ShapeOperation shape, NodeShape input)
    {
        if (shape.Name is "PixelShuffle" or "PixelUnshuffle" or "pixel_shuffle" or "pixel_unshuffle")
        {
            return NodeShape.Unknown;
        }

        var dimensions = demands.Dimensions[id];
        if (dimensions == 0 || input.Grid is not { Count: 0 } || input.Width is not { } width || demands.Width[id] is not { } channels)
        {
            return input;
        }

        var side = Math.Round(Math.Pow(width / channels, 1.0 / dimensions));
        return side >= 1 && Math.Abs((Math.Pow(side, dimensions) * channels) - width) < 0.5
            ? new NodeShape(channels, new EquatableList<long>(Enumerable.Repeat((long)side, dimensions).ToArray()), false)
            : input;
    }

    private NodeShape Largest(GraphNode node)
    {
        var largest = NodeShape.Unknown;
        foreach (var id in node.Inputs)
        {
            var shape = shapes[id];
            if (shape.Grid is null)
            {
                return NodeShape.Unknown with { Width = shape.Width ?? largest.Width };
            }

            if (largest.Grid is null || shape.Positions > largest.Positions)
            {
                largest = shape with { Width = shape.Width is null || largest.Width > shape.Width ? largest.Width : shape.Width };
            }
        }

        return largest;
    }
}
