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

        // Its input are indices: what comes out of it is new data, drawn from its weight.
        yield return new(
            "Embedding",
            ["num_embeddings", "embedding_dims"],
            (_, weight, _) => weight.Mean is { } mean && weight.Variance(default) is { } variance
                ? new InputOperation((mean * mean) + variance, mean)
                : null);

        foreach (var name in new[] { "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm" })
        {
            var axes = name == "LayerNorm" ? NormalizationKind.Layer : NormalizationKind.Batch;
            yield return new(name, [], (_, weight, bias) => Normalization(axes, name, weight, bias));
        }

        foreach (var name in new[] { "Dropout", "Dropout1d", "Dropout2d", "Dropout3d" })
        {
            yield return new(name, ["p"], (a, _, _) => Dropout(a.Number("p")));
        }

        for (var dimensions = 1; dimensions <= 3; dimensions++)
        {
            yield return Pooling("AvgPool", dimensions, isAverage: true);
            yield return Pooling("MaxPool", dimensions, isAverage: false);
            yield return GlobalPooling("AdaptiveAvgPool", dimensions, isAverage: true);
            yield return GlobalPooling("AdaptiveMaxPool", dimensions, isAverage: false);
        }

        foreach (var name in new[] { "Identity", "Flatten", "Unflatten", "PixelShuffle", "PixelUnshuffle", "ChannelShuffle" })
        {
            yield return new(name, [], (_, _, _) => new ShapeOperation(name));
        }

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
                (a, _, _) => entry.Create(a) is { } activation ? new ActivationOperation(activation) : null);
        }
    }

    /// <summary>Dropout with a probability; null if that is not known or leaves nothing.</summary>
    public static Operation? Dropout(double? probability) =>
        probability is >= 0 and < 1 and var p ? new DropoutOperation(p) : null;

    private static LayerOperation Convolution(int dimensions, bool transposed) => new(
        (transposed ? "ConvTranspose" : "Conv") + dimensions + "d",
        ["in_channels", "out_channels", "kernel_size", "stride", "groups", "bias"],
        (a, weight, bias) => a.Count("in_channels") is { } inputs
            && a.Count("out_channels") is { } outputs
            && a.Product("kernel_size", dimensions) is { } kernel
            && (a.IsNull("stride") ? 1 : a.Product("stride", dimensions)) is { } stride
            && a.Count("groups") is { } groups
                ? new ConvolutionOperation(dimensions, inputs, outputs, kernel, stride, groups, transposed, weight, bias)
                : null,
        "bias");

    // An affine weight that was changed scales the signal; only the default, 1 and 0, is modelled.
    private static Operation? Normalization(NormalizationKind axes, string name, WeightInitializer weight, BiasInitializer? bias) =>
        weight.Mean is 1 && weight.Variance(default) is 0 && bias is null or { Mean: 0, Variance: 0 }
            ? new NormalizationOperation(axes, name)
            : null;

    private static LayerOperation Pooling(string family, int dimensions, bool isAverage)
    {
        var name = family + dimensions + "d";
        return new(
            name,
            ["kernel_size", "stride"],
            (a, _, _) => a.Product("kernel_size", dimensions) is { } window
                ? new PoolingOperation(name, isAverage, window, a.IsNull("stride") ? window : a.Product("stride", dimensions))
                : new PoolingOperation(name, isAverage, null, null));
    }

    private static LayerOperation GlobalPooling(string family, int dimensions, bool isAverage)
    {
        var name = family + dimensions + "d";
        return new(name, [], (_, _, _) => new PoolingOperation(name, isAverage, null, null));
    }
}
