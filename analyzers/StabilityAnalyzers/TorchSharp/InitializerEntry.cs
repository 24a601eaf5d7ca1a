using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>A function of <c>torch.nn.init</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Family">The family that it belongs to.</param>
/// <param name="Parameters">The parameters that decide the result.</param>
/// <param name="Create">What it makes of a weight; null if the arguments are not known.</param>
internal sealed record InitializerEntry(
    string Name, InitializerKind Family, IReadOnlyList<string> Parameters, Func<LayerArguments, WeightInitializer?> Create);

/// <summary>By what an initialiser chooses its scale.</summary>
internal enum InitializerKind
{
    /// <summary>By the values that it is given.</summary>
    Fixed,

    /// <summary>By the mean of fan-in and fan-out.</summary>
    Xavier,

    /// <summary>By one of the fans and the activation.</summary>
    Kaiming,

    /// <summary>It makes rows or columns orthonormal.</summary>
    Orthogonal,
}
