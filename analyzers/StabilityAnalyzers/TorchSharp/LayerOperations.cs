using System.Collections.Immutable;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>
/// What the layers of TorchSharp 0.107 do to the signal, by the names of their classes. A layer that is missing here is
/// not understood. A test resolves every entry and every parameter against the assembly.
/// </summary>
internal static class LayerOperations
{
    /// <summary>The layers, by name.</summary>
    public static ImmutableDictionary<string, LayerOperation> ByName { get; } = Entries().ToImmutableDictionary(entry => entry.Name);

    /// <summary>The activation that a layer or function computes, by the name of the layer; null for anything else.</summary>
    /// <param name="name">Name of the layer's class.</param>
    /// <param name="arguments">What it is made or called with.</param>
    public static Activation? ActivationOf(string name, LayerArguments arguments) =>
        ActivationCatalog.ByName.TryGetValue(name, out var entry) ? entry.Create(arguments) : null;

    private static IEnumerable<LayerOperation> Entries()
    {
        yield return new(
            "Linear",
            ["inputSize", "outputSize", "hasBias"],
            (a, weight, bias) => a.Count("inputSize") is { } width && a.Count("outputSize") is { } outputs
                ? new LinearOperation(width, outputs, weight, bias)
                : null,
            "hasBias");
        for (var dimensions = 1; dimensions <= 3; dimensions++)
        {
            yield return Convolution(dimensions, transposed: false);
            yield return Convolution(dimensions, transposed: true);
        }

        foreach (var entry in EmbeddingOperations.Entries().Concat(RecurrentOperations.Entries()).Concat(AttentionOperations.Entries()))
        {
            yield return entry;
        }

        yield return new(
            "Bilinear",
            ["in1_features", "in2_features", "out_features", "hasBias"],
            (a, weight, bias) => a.Count("in1_features") is { } first && a.Count("in2_features") is { } second && a.Count("out_features") is { } outputs
                ? new BilinearOperation(
                    first,
                    second,
                    outputs,
                    Equals(weight, WeightInitializer.TorchDefault) ? BilinearOperation.DefaultWeight(first) : weight,
                    Equals(bias, BiasInitializer.TorchDefault) ? BilinearOperation.DefaultBias(first) : bias)
                : null,
            "hasBias");

        foreach (var entry in NormalizationOperations.Entries())
        {
            yield return entry;
        }

        foreach (var name in new[] { "Dropout", "Dropout1d", "Dropout2d", "Dropout3d" })
        {
            yield return new(name, ["p"], (a, _, _) => Dropout(a.Number("p")));
        }

        foreach (var name in new[] { "AlphaDropout", "FeatureAlphaDropout" })
        {
            yield return new(name, ["p"], (a, _, _) => Dropout(a.Number("p")) is DropoutOperation dropout ? dropout with { IsAlpha = true } : null);
        }

        for (var dimensions = 1; dimensions <= 3; dimensions++)
        {
            yield return Pooling("AvgPool", dimensions, isAverage: true);
            yield return Pooling("MaxPool", dimensions, isAverage: false);
            if (dimensions < 3)
            {
                yield return NormPooling(dimensions);
            }

            yield return GlobalPooling("AdaptiveAvgPool", dimensions, isAverage: true);
            yield return GlobalPooling("AdaptiveMaxPool", dimensions, isAverage: false);
        }

        foreach (var name in new[] { "Identity", "Flatten", "Unflatten", "PixelShuffle", "PixelUnshuffle", "ChannelShuffle" })
        {
            yield return new(name, [], (_, _, _) => new ShapeOperation(name));
        }

        // Its halves are those of the features: of the channels, or of the last dimension of a tensor without positions.
        yield return new("Softmax", ["dim"], (a, _, _) => a.Number("dim") is 1 or -1 ? new SoftmaxOperation() : null);
        yield return new("GLU", ["dim"], (a, _, _) => a.Number("dim") is 1 or -1 ? new GatedLinearUnitOperation() : null);

        // Padding adds elements at the border; the theory here leaves the border out.
        foreach (var name in new[] { "ZeroPad2d", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d" })
        {
            yield return new(name, [], (_, _, _) => new ShapeOperation(name));
        }

        foreach (var entry in ActivationCatalog.ByName.Values)
        {
            yield return new(
                entry.Name,
                entry.Parameters,
                (a, _, _) => entry.Create(a) switch
                {
                    null => null,
                    var activation when activation.Equals(Activations.Identity) => new ShapeOperation(entry.Name),
                    var activation => new ActivationOperation(activation),
                });
        }
    }

    /// <summary>Dropout with a probability; null if that is not known or leaves nothing.</summary>
    public static Operation? Dropout(double? probability) =>
        probability is >= 0 and < 1 and var p ? new DropoutOperation(p) : null;

    private static LayerOperation Convolution(int dimensions, bool transposed) => new(
        (transposed ? "ConvTranspose" : "Conv") + dimensions + "d",
        ["in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias"],
        (a, weight, bias) => a.Count("in_channels") is { } inputs
            && a.Count("out_channels") is { } outputs
            && a.Product("kernel_size", dimensions) is { } kernel
            && (a.IsNull("stride") ? 1 : a.Product("stride", dimensions)) is { } stride
            && a.Count("groups") is { } groups
                ? new ConvolutionOperation(dimensions, inputs, outputs, kernel, stride, groups, transposed, weight, bias) { Window = Window(a, dimensions) }
                : null,
        "bias");

    // Every size that is not given is 1, but for the padding, which is 0, and the stride of a pooling, which is its window.
    internal static WindowGeometry? Window(LayerArguments a, int dimensions, bool isPooling = false)
    {
        var sizes = a.Sizes("kernel_size", dimensions);
        var strides = OrDefault(a, "stride", dimensions, 1, isPooling ? sizes : null);
        var padding = OrDefault(a, "padding", dimensions, 0, null);
        var dilation = OrDefault(a, "dilation", dimensions, 1, null);
        return sizes is null || strides is null || padding is null || dilation is null || strides.Concat(sizes).Contains(0)
            ? null
            : new WindowGeometry(sizes, strides, padding, dilation)
            {
                OutputPadding = a.Sizes("output_padding", dimensions),
                PadsZeros = a.Number("padding_mode") is null or 0,
            };
    }

    private static EquatableList<long>? OrDefault(LayerArguments a, string parameter, int dimensions, long value, EquatableList<long>? list) =>
        a.IsMissing(parameter) || a.IsNull(parameter)
            ? list ?? new EquatableList<long>(Enumerable.Repeat(value, dimensions).ToArray())
            : a.Sizes(parameter, dimensions);

    private static LayerOperation NormPooling(int dimensions)
    {
        var name = $"LPPool{dimensions}d";
        return new(
            name,
            ["norm_type", "kernel_size", "stride"],
            (a, _, _) => a.Number("norm_type") is > 0 and var order && a.Product("kernel_size", dimensions) is { } window
                ? new PoolingOperation(name, IsAverage: false, window, a.IsNull("stride") ? window : a.Product("stride", dimensions))
                {
                    NormOrder = order,
                    Window = Window(a, dimensions, isPooling: true),
                }
                : null);
    }

    private static LayerOperation Pooling(string family, int dimensions, bool isAverage)
    {
        var name = family + dimensions + "d";
        return new(
            name,
            ["kernel_size", "stride"],
            (a, _, _) => a.Product("kernel_size", dimensions) is { } window
                ? new PoolingOperation(name, isAverage, window, a.IsNull("stride") ? window : a.Product("stride", dimensions))
                {
                    Window = Window(a, dimensions, isPooling: true),
                }
                : new PoolingOperation(name, isAverage, null, null));
    }

    private static LayerOperation GlobalPooling(string family, int dimensions, bool isAverage)
    {
        var name = family + dimensions + "d";
        return new(
            name,
            ["output_size"],
            (a, _, _) => new PoolingOperation(name, isAverage, null, null) { OutputSizes = a.Sizes("output_size", dimensions) });
    }
}
