using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>Which initialisers throw on which tensors, as TorchSharp 0.107 does.</summary>
internal static class InitializerDimensions
{
    /// <summary>Why the call throws; null if it does not, or if that is not certain.</summary>
    /// <param name="call">A call of an initialiser.</param>
    /// <param name="symbols">TorchSharp in the compilation.</param>
    public static string? Misfit(IInvocationOperation call, TorchSharpSymbols symbols)
    {
        if (STAB2003UselessInitializer.TargetOf(call) is not { } target
            || Dimensions(symbols.LayerOf(target.Instance.Unwrap()?.Type), target.Property.Name) is not { } has
            || Needs(call.TargetMethod.Name) is not var (least, most) || (has >= least && has <= most)
            || IsGuarded(call))
        {
            return null;
        }

        var needs = least == most ? $"{least}" : most == int.MaxValue ? $"{least} or more" : $"{least} to {most}";
        return $"throws: it needs {needs} dimensions, and '{target.Syntax}' has {has}";
    }

    private static (int Least, int Most)? Needs(string initializer) => initializer switch
    {
        "sparse_" or "eye_" => (2, 2),
        "dirac_" => (3, 5),
        "orthogonal_" => (2, int.MaxValue),
        _ when InitializerCatalog.ByName.TryGetValue(initializer, out var entry) && entry.Family is InitializerKind.Xavier or InitializerKind.Kaiming => (2, int.MaxValue),
        _ => null,
    };

    // LayerNorm has the shape that it normalises, which may be of any number of dimensions.
    private static int? Dimensions(LayerEntry? layer, string parameter) => (layer?.Family, parameter) switch
    {
        (LayerFamily.Linear or LayerFamily.Convolution or LayerFamily.TransposedConvolution, "bias") => 1,
        (LayerFamily.Linear, "weight") when layer!.Name == "Linear" => 2,
        (LayerFamily.Convolution or LayerFamily.TransposedConvolution, "weight") => layer!.Name[layer.Name.Length - 2] - '0' + 2,
        (LayerFamily.Normalization, "weight" or "bias") when layer!.Name != "LayerNorm" => 1,
        _ => null,
    };

    // Where the exception is caught, or the dimensions are asked for, the author knows.
    private static bool IsGuarded(IOperation call)
    {
        for (var at = call.Parent; at is not null; at = at.Parent)
        {
            if (at is ITryOperation
                || (at is IConditionalOperation { Condition: var condition } && condition.DescendantsAndSelf().Any(IsAboutDimensions)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAboutDimensions(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod.Name: "dim" or "size" or "ndimension" } => true,
        IPropertyReferenceOperation { Property.Name: "shape" or "Dimensions" or "ndim" or "Length" } => true,
        _ => false,
    };
}
