using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;

namespace StabilityAnalyzers.Symbols;

/// <summary>Questions about functions of a tensor, in whatever way they are called.</summary>
internal static class TensorFunctions
{
    /// <summary>
    /// True for a method of a tensor, and for a static function of <c>torch</c>, <c>torch.nn.functional</c> or
    /// <c>torch.special</c>.
    /// </summary>
    public static bool IsTensorFunction(this TorchSharpSymbols symbols, IMethodSymbol method)
    {
        var container = method.ContainingType;
        return container is not null
            && (SymbolEqualityComparer.Default.Equals(container, symbols.Tensor)
                || SymbolEqualityComparer.Default.Equals(container, symbols.Torch)
                || SymbolEqualityComparer.Default.Equals(container, symbols.Functional)
                || SymbolEqualityComparer.Default.Equals(container, symbols.Special)
                || SymbolEqualityComparer.Default.Equals(container, symbols.TensorExtensions));
    }

    /// <summary>The call when it is one of a tensor function of that name, otherwise null.</summary>
    public static IInvocationOperation? AsTensorFunction(this TorchSharpSymbols symbols, IOperation? operation, params string[] names) =>
        operation.Unwrap() is IInvocationOperation call
        && Array.IndexOf(names, call.TargetMethod.Name) >= 0
        && symbols.IsTensorFunction(call.TargetMethod)
            ? call
            : null;

    /// <summary>The tensor that a function works on: its receiver, or its first argument.</summary>
    public static IOperation? TensorArgument(IInvocationOperation call) =>
        call.Instance ?? call.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == 0)?.Value;

    /// <summary>True for <c>training</c>, false for <c>!training</c>, null for any other condition.</summary>
    public static bool? TrainingIn(this TorchSharpSymbols symbols, IOperation? condition)
    {
        var isTrue = true;
        condition = condition.Unwrap();
        while (condition is IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not)
        {
            isTrue = !isTrue;
            condition = not.Operand.Unwrap();
        }

        return condition is IPropertyReferenceOperation { Property.Name: "training" } property
            && SymbolEqualityComparer.Default.Equals(property.Property.ContainingType, symbols.Module)
                ? isTrue
                : null;
    }

    /// <summary>
    /// True when the compilation refers to a version of TorchSharp that has the faults of the library which rules warn of:
    /// seen by running 0.107.0, and in the source of each release since 0.104.0.
    /// </summary>
    public static bool HasKnownFaults(this TorchSharpSymbols symbols) =>
        symbols.Torch.ContainingAssembly?.Identity.Version is { } version
        && version >= new Version(0, 104, 0, 0)
        && version < new Version(0, 107, 1, 0);

    /// <summary>The kind of a loss: of a function, or of a module by its class. Null for any other.</summary>
    public static LossKind? LossOf(this TorchSharpSymbols symbols, IMethodSymbol function) =>
        SymbolEqualityComparer.Default.Equals(function.ContainingType, symbols.Functional)
        && LossCatalog.Functions.TryGetValue(function.Name, out var kind)
            ? kind
            : null;

    /// <inheritdoc cref="LossOf(TorchSharpSymbols, IMethodSymbol)"/>
    public static LossKind? LossOf(this TorchSharpSymbols symbols, ITypeSymbol? loss) =>
        symbols.LayerOf(loss) is { } layer && LossCatalog.Classes.TryGetValue(layer.Name, out var kind) ? kind : null;
}
