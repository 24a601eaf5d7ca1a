using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>Finds the tensors in an argument or a result of a module: itself, or in tuples and lists, nested or not.</summary>
internal static class TensorsWithin
{
    /// <summary>The tensors, in their order.</summary>
    /// <param name="value">Anything; null has none.</param>
    public static IEnumerable<Tensor> Of(object? value) => value switch
    {
        Tensor tensor => [tensor],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Of(tuple[i])),
        IEnumerable<Tensor> list => list,
        _ => [],
    };
}
