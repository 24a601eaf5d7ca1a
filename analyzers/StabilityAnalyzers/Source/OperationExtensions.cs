using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Source;

/// <summary>Small questions about operations.</summary>
internal static class OperationExtensions
{
    /// <summary>The operation under conversions, parentheses and, for <c>x?.f()</c>, the receiver that the dot stands for.</summary>
    public static IOperation? Unwrap(this IOperation? operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    operation = parenthesized.Operand;
                    break;
                case IConditionalAccessInstanceOperation instance:
                    operation = AccessOf(instance)?.Operation;
                    break;
                default:
                    return operation;
            }
        }
    }

    /// <summary>What an operation is part of, conversions and parentheses left aside.</summary>
    public static IOperation? Outer(this IOperation operation)
    {
        var parent = operation.Parent;
        while (parent is IConversionOperation or IParenthesizedOperation)
        {
            parent = parent.Parent;
        }

        return parent;
    }

    /// <summary>The symbol of a local, parameter, field or property; for anything else null.</summary>
    public static ISymbol? ReferredSymbol(this IOperation? operation) => operation switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation field => field.Field,
        IPropertyReferenceOperation property => property.Property,
        _ => null,
    };

    /// <summary>The value of the argument for the parameter of that name, or null.</summary>
    public static IOperation? ArgumentFor(this IEnumerable<IArgumentOperation> arguments, string parameter)
    {
        foreach (var argument in arguments)
        {
            if (argument.Parameter?.Name == parameter)
            {
                return argument.ArgumentKind == ArgumentKind.DefaultValue ? null : argument.Value;
            }
        }

        return null;
    }

    /// <summary>
    /// The body that an operation belongs to: the nearest lambda or local function around it, or else the whole member;
    /// and the outermost loop around it within that body.
    /// </summary>
    public static (IOperation Body, ILoopOperation? Loop) Enclosing(this IOperation operation)
    {
        ILoopOperation? loop = null;
        var current = operation;
        while (current.Parent is { } parent)
        {
            current = parent;
            if (current is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                break;
            }

            loop = current as ILoopOperation ?? loop;
        }

        return (current, loop);
    }

    private static IConditionalAccessOperation? AccessOf(IConditionalAccessInstanceOperation instance)
    {
        // The instance belongs to the nearest access whose right side holds it.
        IOperation child = instance;
        for (var parent = instance.Parent; parent is not null; child = parent, parent = parent.Parent)
        {
            if (parent is IConditionalAccessOperation access && !ReferenceEquals(access.Operation, child))
            {
                return access;
            }
        }

        return null;
    }
}
