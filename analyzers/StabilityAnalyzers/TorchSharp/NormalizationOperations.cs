using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>What the normalisations of TorchSharp do to the signal.</summary>
internal static class NormalizationOperations
{
    /// <summary>The layers.</summary>
    public static IEnumerable<LayerOperation> Entries()
    {
        yield return new("LayerNorm", ["eps"], (a, weight, bias) => Of(NormalizationKind.Layer, "LayerNorm", a, weight, bias));
        for (var d = 1; d <= 3; d++)
        {
            var dimensions = d;
            var batch = $"BatchNorm{d}d";
            yield return new(batch, ["eps"], (a, weight, bias) => Of(NormalizationKind.Batch, batch, a, weight, bias) is { } norm
                ? norm with { Dimensions = dimensions == 1 ? null : dimensions }
                : null);
            var instance = $"InstanceNorm{d}d";
            yield return new(instance, ["eps", "affine"], (a, weight, bias) => Of(NormalizationKind.Instance, instance, a, weight, bias) is { } norm
                ? norm with { Dimensions = dimensions }
                : null);
        }

        yield return new(
            "GroupNorm",
            ["num_groups", "num_channels", "eps", "affine"],
            (a, weight, bias) => a.Count("num_groups") is { } groups && Of(NormalizationKind.Group, "GroupNorm", a, weight, bias) is { } norm
                ? norm with { Groups = groups }
                : null);
    }

    // An affine weight that was changed scales the signal; only 1 and 0 are modelled.
    private static NormalizationOperation? Of(
        NormalizationKind axes, string name, LayerArguments a, WeightInitializer weight, BiasInitializer? bias) =>
        a.Flag("affine") is false || (weight.Mean is 1 && weight.Variance(default) is 0 && bias is null or { Mean: 0, Variance: 0 })
            ? new NormalizationOperation(axes, name) { Epsilon = a.Number("eps") ?? 1e-5 }
            : null;
}
