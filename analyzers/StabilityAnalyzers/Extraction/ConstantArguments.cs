using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Extraction;

/// <summary>What is constant among the arguments of a call, without running the code around it.</summary>
internal static class ConstantArguments
{
    /// <summary>The constant arguments by parameter name; the others are missing.</summary>
    public static IReadOnlyDictionary<string, object?> Of(ImmutableArray<IArgumentOperation> arguments)
    {
        var constants = new Dictionary<string, object?>();
        foreach (var argument in arguments)
        {
            if (argument.Parameter is { } parameter && ConstantOf(argument.Value) is (true, var constant))
            {
                constants[parameter.Name] = constant;
            }
        }

        return constants;
    }

    // A constant, or a local variable that is only ever given one.
    private static (bool IsKnown, object? Constant) ConstantOf(IOperation value)
    {
        for (var steps = 0; steps < 8; steps++)
        {
            if (value.ConstantValue.HasValue)
            {
                var constant = Arithmetic.Normalize(value.ConstantValue.Value);
                return (constant is not null || value.ConstantValue.Value is null, Arithmetic.ConvertTo(constant, value.Type));
            }

            switch (value)
            {
                case IConversionOperation conversion:
                    value = conversion.Operand;
                    break;
                case IDefaultValueOperation { Type.IsReferenceType: true }:
                    return (true, null);
                case ILocalReferenceOperation local when Initializer(local) is { } initializer:
                    value = initializer;
                    break;
                default:
                    return (false, null);
            }
        }

        return (false, null);
    }

    private static IOperation? Initializer(ILocalReferenceOperation reference)
    {
        IOperation root = reference;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        IOperation? initializer = null;
        foreach (var operation in root.Descendants())
        {
            switch (operation)
            {
                case IVariableDeclaratorOperation declarator when Same(declarator.Symbol):
                    initializer = (declarator.Initializer ?? (declarator.Parent as IVariableDeclarationOperation)?.Initializer)?.Value;
                    break;
                case IAssignmentOperation { Target: ILocalReferenceOperation target } when Same(target.Local):
                case IIncrementOrDecrementOperation { Target: ILocalReferenceOperation changed } when Same(changed.Local):
                case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out, Value: ILocalReferenceOperation passed } when Same(passed.Local):
                    return null;
            }
        }

        return initializer;

        bool Same(ILocalSymbol local) => SymbolEqualityComparer.Default.Equals(local, reference.Local);
    }
}
