using System.Collections.Immutable;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>What a function of one tensor does to the signal.</summary>
internal enum FunctionEffect
{
    /// <summary>It returns the tensor itself, or one with the same values in the same places.</summary>
    Same,

    /// <summary>It moves elements.</summary>
    Shape,

    /// <summary>It is a <see cref="FunctionEntry.Operation"/>.</summary>
    Operation,
}

/// <summary>A function of one tensor: a method of it, or a static function of <c>torch</c>, <c>functional</c> or <c>special</c>.</summary>
/// <param name="Name">Its name; with an underscore behind it, the same in place.</param>
/// <param name="Effect">What it does.</param>
/// <param name="Operation">The operation, where there is one; null if the arguments are not known.</param>
internal sealed record FunctionEntry(string Name, FunctionEffect Effect, Func<LayerArguments, Operation?>? Operation = null);

/// <summary>
/// The functions of one tensor that are understood, activations aside. A test resolves every entry against the assembly.
/// </summary>
internal static class FunctionCatalog
{
    /// <summary>The functions, by name.</summary>
    public static ImmutableDictionary<string, FunctionEntry> ByName { get; } = Entries().ToImmutableDictionary(entry => entry.Name);

    /// <summary>Names in other modules for an activation: <c>special.expit</c> is the sigmoid.</summary>
    public static ImmutableDictionary<string, string> Aliases { get; } = new Dictionary<string, string>
    {
        ["expit"] = "sigmoid",
        ["log_sigmoid"] = "logsigmoid",
        ["Hardtanh"] = "hardtanh",
        ["Mish"] = "mish",
        ["SiLU"] = "silu",
        ["Softsign"] = "softsign",
        ["Softshrink"] = "softshrink",
        ["Hardshrink"] = "hardshrink",
        ["Tanhshrink"] = "tanhshrink",
        ["Threshold"] = "threshold",
    }.ToImmutableDictionary();

    private static IEnumerable<FunctionEntry> Entries()
    {
        foreach (var name in new[]
        {
            "alias", "clone", "contiguous", "to", "cuda", "cpu", "mps", "float", "double", "half", "bfloat16", "type_as", "to_type",
            "MoveToOuterDisposeScope", "MoveToOtherDisposeScope", "DetachFromDisposeScope", "DetatchFromDisposeScope", "requires_grad_",
            "with_requires_grad", "positive",
        })
        {
            yield return new(name, FunctionEffect.Same);
        }

        foreach (var name in new[]
        {
            "view", "view_as", "reshape", "flatten", "unflatten", "squeeze", "squeeze_", "unsqueeze", "unsqueeze_", "permute", "transpose",
            "transpose_", "t", "movedim", "moveaxis", "swapaxes", "swapdims", "ravel", "flip", "fliplr", "flipud", "roll", "rot90",
            "channel_shuffle", "pixel_shuffle", "pixel_unshuffle",
        })
        {
            yield return new(name, FunctionEffect.Shape);
        }

        foreach (var name in new[] { "dropout", "dropout1d", "dropout2d", "dropout3d" })
        {
            yield return new(name, FunctionEffect.Operation, a => a.Flag("training") is false
                ? new ShapeOperation(name)
                : LayerOperations.Dropout(a.Number("p")));
        }

        for (var dimensions = 1; dimensions <= 3; dimensions++)
        {
            var d = dimensions;
            yield return Pool($"max_pool{d}d", isAverage: false, d);
            yield return Pool($"avg_pool{d}d", isAverage: true, d);
            yield return new($"adaptive_avg_pool{d}d", FunctionEffect.Operation, _ => new PoolingOperation($"adaptive_avg_pool{d}d", true, null, null));
            yield return new($"adaptive_max_pool{d}d", FunctionEffect.Operation, _ => new PoolingOperation($"adaptive_max_pool{d}d", false, null, null));
        }

        yield return new("neg", FunctionEffect.Operation, _ => new ScaleOperation(-1));
        yield return new("negative", FunctionEffect.Operation, _ => new ScaleOperation(-1));
        yield return new("erf", FunctionEffect.Operation, _ => new ActivationOperation(Activations.Erf));
    }

    // Overloads call the same thing stride or strides; a missing stride is the window.
    private static FunctionEntry Pool(string name, bool isAverage, int dimensions) => new(name, FunctionEffect.Operation, a =>
    {
        var window = a.Product("kernel_size", dimensions);
        var stride = a.IsNull("stride") || a.IsNull("strides") ? window : a.Product("stride", dimensions) ?? a.Product("strides", dimensions);
        return new PoolingOperation(name, isAverage, window, window is null ? null : stride)
        {
            Window = LayerOperations.Window(a.Renamed("strides", "stride"), dimensions, isPooling: true),
        };
    });
}
