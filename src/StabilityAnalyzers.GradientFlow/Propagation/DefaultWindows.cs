namespace StabilityAnalyzers.GradientFlow;

/// <summary>Windows for layers of which only the products of their sizes are known: cubes that keep the positions but for the stride.</summary>
internal static class DefaultWindows
{
    /// <summary>The window of a convolution; null if the sizes are no cubes.</summary>
    internal static WindowGeometry? Of(ConvolutionOperation convolution)
    {
        if (Cube(convolution.KernelElements, convolution.Dimensions) is not { } size
            || Cube(convolution.StrideElements, convolution.Dimensions) is not { } stride)
        {
            return null;
        }

        var padding = Math.Max(0, (size - (convolution.Transposed ? stride : 1)) / 2);
        return new WindowGeometry(
            All(size, convolution.Dimensions), All(stride, convolution.Dimensions), All(padding, convolution.Dimensions), All(1, convolution.Dimensions))
        {
            OutputPadding = All(convolution.Transposed ? Math.Max(0, stride - size + (2 * padding)) : 0, convolution.Dimensions),
        };
    }

    /// <summary>The window of a pooling; null if its sizes are no cubes.</summary>
    internal static WindowGeometry? Of(PoolingOperation pooling)
    {
        // The layer's name ends with its dimensions: MaxPool2d, avg_pool1d.
        var dimensions = pooling.Name.Length > 1 ? pooling.Name[pooling.Name.Length - 2] - '0' : 0;
        return dimensions is >= 1 and <= 3
            && pooling is { WindowElements: { } window, StrideElements: { } strides }
            && Cube(window, dimensions) is { } size
            && Cube(strides, dimensions) is { } stride
                ? new WindowGeometry(All(size, dimensions), All(stride, dimensions), All(0, dimensions), All(1, dimensions))
                : null;
    }

    private static long? Cube(long elements, int dimensions)
    {
        var size = (long)Math.Round(Math.Pow(elements, 1.0 / dimensions));
        return Math.Pow(size, dimensions) == elements ? size : null;
    }

    private static EquatableList<long> All(long value, int dimensions) => new(Enumerable.Repeat(value, dimensions).ToArray());
}
