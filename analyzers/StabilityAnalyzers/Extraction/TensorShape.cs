using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <summary>Where a tensor has its features.</summary>
internal enum FeatureAxis
{
    /// <summary>It is not known.</summary>
    Unknown,

    /// <summary>The second and last dimension: rows of features.</summary>
    Rows,

    /// <summary>The last of three dimensions, behind those of the sequence and the batch.</summary>
    Sequence,

    /// <summary>The second dimension, before those of space or time.</summary>
    Channels,
}

/// <summary>What is known of the shape of a node's tensor: enough to tell features from positions.</summary>
/// <param name="Width">Number of features; null if it is not known.</param>
/// <param name="Axis">Where they are.</param>
internal readonly record struct TensorShape(long? Width, FeatureAxis Axis)
{
    /// <summary>True if a dimension is that of the features; null if it is not known.</summary>
    /// <param name="dimension">The dimension, negative from the end.</param>
    public bool? IsFeatures(long dimension) => Axis switch
    {
        FeatureAxis.Rows => dimension is 1 or -1 ? true : dimension is 0 or -2 ? false : null,
        FeatureAxis.Sequence => dimension is 2 or -1,
        FeatureAxis.Channels => dimension == 1 ? true : dimension is 0 or >= 2 or -1 ? false : null,
        _ => null,
    };

    /// <summary>The shape behind an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="inputs">The shapes before it.</param>
    public static TensorShape After(Operation operation, IReadOnlyList<TensorShape> inputs)
    {
        var input = inputs.Count > 0 ? inputs[0] : default;
        switch (operation)
        {
            case LinearOperation linear:
                return new(linear.OutFeatures, input.Axis == FeatureAxis.Sequence ? FeatureAxis.Sequence : FeatureAxis.Rows);
            case ConvolutionOperation convolution:
                return new(convolution.OutChannels, FeatureAxis.Channels);
            case BilinearOperation bilinear:
                return new(bilinear.OutFeatures, FeatureAxis.Rows);
            case EmbeddingOperation embedding:
                return new(embedding.Width, embedding.Name == "EmbeddingBag" ? FeatureAxis.Rows : FeatureAxis.Sequence);
            case RecurrentOperation recurrent:
                return new(recurrent.OutputSize, FeatureAxis.Sequence);
            case RecurrentCellOperation cell:
                return new(cell.HiddenSize, FeatureAxis.Rows);
            case GatedCellOperation cell:
                return new(cell.HiddenSize, FeatureAxis.Rows);
            case AttentionOperation attention:
                return new(attention.Width, FeatureAxis.Sequence);
            case TransformerOperation transformer:
                return new(transformer.Width, FeatureAxis.Sequence);
            case AddOperation or MultiplyOperation:
                return inputs.FirstOrDefault(shape => shape.Width is not null) is { Width: not null } known ? known : input;
            case ConcatenationOperation:
                return new(
                    inputs.All(shape => shape.Width is not null) ? inputs.Sum(shape => shape.Width) : null,
                    inputs.Select(shape => shape.Axis).FirstOrDefault(axis => axis != FeatureAxis.Unknown));
            case FeatureSliceOperation slice:
                return input with { Width = input.Width is { } width ? (long)Math.Round(width * slice.Fraction) : null };
            case SequenceOperation:
                return new(input.Width, FeatureAxis.Sequence);
            case SelectOperation or ReductionOperation:
                return new(input.Width, FeatureAxis.Rows);
            case GatedLinearUnitOperation:
                return input with { Width = input.Width / 2 };
            case ShapeOperation { Name: "flatten" or "Flatten" }:
                return new(null, input.Axis == FeatureAxis.Channels ? FeatureAxis.Rows : FeatureAxis.Unknown);
            case ShapeOperation { Name: not "Identity" }:
                return default;
            case PoolingOperation { Name: "mean" }:
                return new(input.Width, FeatureAxis.Unknown);
            default:
                // Activations, dropout, norms, scales and windows keep the features where they are.
                return input;
        }
    }
}
