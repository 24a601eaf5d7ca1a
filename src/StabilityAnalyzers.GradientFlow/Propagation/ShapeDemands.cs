namespace StabilityAnalyzers.GradientFlow;

/// <summary>What the layers of a graph ask of the tensors that they read: how many dimensions of positions, and which width.</summary>
internal sealed class ShapeDemands
{
    /// <param name="graph">The graph.</param>
    internal ShapeDemands(ModelGraph graph)
    {
        Dimensions = new int[graph.Nodes.Count];
        Width = new double?[graph.Nodes.Count];
        for (var id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            var node = graph.Nodes[id];
            for (var i = 0; i < node.Inputs.Count; i++)
            {
                var input = node.Inputs[i];
                Dimensions[input] = Math.Max(Dimensions[input], Asked(node, i));
                Width[input] ??= AskedWidth(node, i);
            }
        }
    }

    /// <summary>Dimensions of positions that the output of a node must have; 0 for none.</summary>
    internal int[] Dimensions { get; }

    /// <summary>Features that the output of a node must have; null if nothing says so.</summary>
    internal double?[] Width { get; }

    private int Asked(GraphNode node, int input) => node.Operation switch
    {
        SequenceOperation sequence => sequence.AreVectors[input] ? 0 : 1,
        ConvolutionOperation convolution => convolution.Dimensions,
        PoolingOperation pooling => pooling.Name.Length > 1 && pooling.Name[pooling.Name.Length - 2] is >= '1' and <= '3' and var digit ? digit - '0' : 0,
        RecurrentOperation or AttentionOperation or TransformerOperation or SelectOperation or ReductionOperation => Math.Max(1, Own(node)),
        NormalizationOperation { Dimensions: { } dimensions } => dimensions,
        NormalizationOperation { Axes: NormalizationKind.Group } => Math.Max(1, Own(node)),
        GatedCellOperation or RecurrentCellOperation or UnknownOperation or RepeatOperation or CellStateOperation => 0,

        // In front of it there is what the layers before it make.
        ShapeOperation { Name: "flatten" or "Flatten" or "view" or "reshape" } => 0,
        _ => Own(node),
    };

    private int Own(GraphNode node) => Dimensions[node.Id];

    private double? AskedWidth(GraphNode node, int input) => node.Operation switch
    {
        LinearOperation linear => linear.InFeatures,
        ConvolutionOperation convolution => convolution.InChannels,
        RecurrentOperation recurrent => recurrent.InputSize,
        GatedCellOperation cell => input == 0 ? cell.InputSize : cell.HiddenSize,
        RecurrentCellOperation cell => input == 0 ? cell.InputSize : cell.HiddenSize,
        AttentionOperation attention => attention.Width,
        TransformerOperation transformer => transformer.Width,
        BilinearOperation bilinear => input == 0 ? bilinear.FirstFeatures : bilinear.SecondFeatures,
        ConcatenationOperation cat => input < cat.Widths.Count ? cat.Widths[input] : null,
        FeatureSliceOperation slice => Width[node.Id] / slice.Fraction,
        GatedLinearUnitOperation => Width[node.Id] * 2,
        ActivationOperation or AddOperation or ScaleOperation or OffsetOperation or MultiplyOperation or NormalizationOperation or DropoutOperation or PoolingOperation
            or SelectOperation or ReductionOperation or SequenceOperation or SoftmaxOperation => Width[node.Id],
        ShapeOperation shape => shape.Name is "flatten" or "Flatten" or "view" or "reshape" ? null : Width[node.Id],
        _ => null,
    };
}
