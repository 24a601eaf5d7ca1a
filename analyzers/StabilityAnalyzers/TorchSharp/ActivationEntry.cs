using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>An activation of TorchSharp as module, function and tensor method.</summary>
/// <param name="Name">Name of the module's class.</param>
/// <param name="Function">Name of the function; with an underscore behind it, the same in place.</param>
/// <param name="Parameters">The parameters that decide it. Module and function share them, where both take them.</param>
/// <param name="Create">The activation; null if an argument is not known.</param>
internal sealed record ActivationEntry(
    string Name, string Function, IReadOnlyList<string> Parameters, Func<LayerArguments, Activation?> Create);
