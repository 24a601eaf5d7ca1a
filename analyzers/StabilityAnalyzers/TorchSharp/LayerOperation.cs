using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>What a layer of TorchSharp does to the signal.</summary>
/// <param name="Name">Name of the layer's class.</param>
/// <param name="Parameters">The parameters of its factories that decide it.</param>
/// <param name="Create">The operation, from the arguments and the state of weight and bias; null if the arguments are not known.</param>
/// <param name="BiasParameter">The parameter that says whether there is a bias; null if the layer never has one of its own.</param>
internal sealed record LayerOperation(
    string Name,
    IReadOnlyList<string> Parameters,
    Func<LayerArguments, WeightInitializer, BiasInitializer?, Operation?> Create,
    string? BiasParameter = null);
