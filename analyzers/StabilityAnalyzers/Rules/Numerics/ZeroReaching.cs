using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Numerics;

/// <summary>What a function with a singularity at 0 does there.</summary>
internal enum Singularity
{
    /// <summary>Its gradient is infinite: square root, powers below one.</summary>
    Root,

    /// <summary>Its value is infinite: logarithm.</summary>
    Logarithm,

    /// <summary>Its value is infinite: division, negative powers.</summary>
    Inverse,
}

/// <summary>
/// Expressions that are exactly 0 for inputs that occur (all the same, all negative, equal to the target), and have
/// nothing added that would keep them from it.
/// </summary>
/// <param name="symbols">The symbols of the compilation.</param>
internal sealed class ZeroReaching(TorchSharpSymbols symbols)
{
    private const int Budget = 32;

    /// <summary>The function with a singularity at 0 that an operation is, and its argument.</summary>
    public (Singularity Kind, string Name, IOperation Argument)? SingularityOf(IOperation operation)
    {
        if (operation is IBinaryOperation { OperatorKind: BinaryOperatorKind.Divide, RightOperand: var divisor } && symbols.IsTensor(divisor.Type))
        {
            return (Singularity.Inverse, "division", divisor);
        }

        if (operation is not IInvocationOperation call || !symbols.IsTensorFunction(call.TargetMethod) || TensorFunctions.TensorArgument(call) is not { } argument)
        {
            return null;
        }

        var name = call.TargetMethod.Name;
        return name switch
        {
            "sqrt" => (Singularity.Root, name, argument),
            "log" or "log2" or "log10" => (Singularity.Logarithm, name, argument),
            "rsqrt" or "reciprocal" => (Singularity.Inverse, name, argument),
            "pow" when ExponentOf(call) is > 0 and < 1 => (Singularity.Root, name, argument),
            "pow" when ExponentOf(call) is < 0 => (Singularity.Inverse, name, argument),
            _ => null,
        };
    }

    /// <summary>
    /// What can make the argument 0, in words, and the operation that it is computed from; null where that is not known.
    /// relu, norm and std do for a value that becomes infinite, but not for a gradient alone: libtorch lets no gradient
    /// through them there.
    /// </summary>
    public (string Words, IOperation Operand)? CauseOf(IOperation? argument, Singularity kind)
    {
        var prefix = "";
        for (var spent = 0; spent < Budget; spent++)
        {
            argument = argument.Unwrap();
            switch (argument)
            {
                case ILocalReferenceOperation:
                    argument = ReachingValue.Of(argument);
                    break;

                // x * x
                case IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply } product
                    when symbols.IsTensor(product.Type)
                        && product.LeftOperand.Unwrap().ReferredSymbol() is { } left
                        && SymbolEqualityComparer.Default.Equals(left, product.RightOperand.Unwrap().ReferredSymbol()):
                    return (prefix + "a square", product.LeftOperand);
                case IInvocationOperation call when symbols.IsTensorFunction(call.TargetMethod)
                    || SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, symbols.Linalg):
                    var operand = TensorFunctions.TensorArgument(call);
                    switch (call.TargetMethod.Name)
                    {
                        case "sum" or "mean":
                            prefix = call.TargetMethod.Name == "sum" ? "a sum of " : "a mean of ";
                            argument = operand;
                            break;
                        case "square":
                        case "pow" when ExponentOf(call) is 2 or 4:
                            return operand is null ? null : (prefix + "a square", operand);
                        case "abs":
                            return operand is null ? null : (prefix + "an absolute value", operand);
                        case "norm" or "vector_norm" when kind != Singularity.Root:
                            return operand is null ? null : (prefix + "a norm", operand);
                        case "var":
                        case "std" when kind != Singularity.Root:
                            return operand is null ? null : (prefix + "a deviation", operand);
                        case "mse_loss" or "l1_loss":
                            return operand is null ? null : (prefix + "a loss", operand);
                        case "relu" when kind != Singularity.Root:
                            return operand is null ? null : (prefix + "relu", operand);
                        case var name when FunctionCatalog.ByName.TryGetValue(name, out var entry) && entry.Effect is FunctionEffect.Same or FunctionEffect.Shape:
                            argument = operand;
                            break;
                        default:
                            return null;
                    }

                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static double? ExponentOf(IInvocationOperation call) =>
        call.Arguments.ArgumentFor("exponent").Unwrap() is { ConstantValue: { HasValue: true, Value: var value } } ? value switch
        {
            int number => number,
            long number => number,
            float number => number,
            double number => number,
            _ => null,
        } : null;
}
