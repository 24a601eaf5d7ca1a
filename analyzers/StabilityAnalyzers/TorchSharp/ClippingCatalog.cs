using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>The functions of <c>torch.nn.utils</c> that clip gradients.</summary>
internal static class ClippingCatalog
{
    /// <summary>What each of them calls the parameters whose gradients it clips.</summary>
    public const string TensorsParameter = "tensors";

    /// <summary>Their names.</summary>
    public static ImmutableArray<string> Names { get; } = ImmutableArray.Create("clip_grad_norm_", "clip_grad_value_");
}
