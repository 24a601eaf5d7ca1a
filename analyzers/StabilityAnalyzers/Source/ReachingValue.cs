using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Source;

/// <summary>
/// What a local variable or parameter holds at the place where it is read, where that is one assignment which always
/// runs before: in the same block or in one around it, with no other write between.
/// </summary>
internal static class ReachingValue
{
    /// <summary>
    /// The value that was assigned; the reference itself for a parameter that still holds what the caller gave; null when
    /// it is not that simple (a branch or a loop writes it, a lambda does, it is passed by reference, changed in place).
    /// </summary>
    /// <param name="reference">The place where the variable is read.</param>
    public static IOperation? Of(IOperation reference) => Find(reference) is var (value, element) && element is null ? value : null;

    /// <summary>The same for a variable that is a part of a tuple, as in <c>var (a, b) = f(x)</c>: the tuple, and which part; else null.</summary>
    /// <param name="reference">The place where the variable is read.</param>
    public static (IOperation Tuple, int Element)? ElementOf(IOperation reference) =>
        Find(reference) is ({ } tuple, { } element) ? (tuple, element) : null;

    private static (IOperation? Value, int? Element) Find(IOperation reference)
    {
        if (reference is not (ILocalReferenceOperation or IParameterReferenceOperation) || reference.ReferredSymbol() is not { } symbol)
        {
            return default;
        }

        var body = reference.Enclosing().Body;
        if (IsCaptured(body, symbol))
        {
            return (OnlyValue(body, symbol), null);
        }

        foreach (var operation in body.Descendants())
        {
            if (operation is IBranchOperation { BranchKind: BranchKind.GoTo }
                || (Writes(operation, symbol) && !ReferenceEquals(operation.Enclosing().Body, body)))
            {
                return default;
            }
        }

        for (var child = reference; !ReferenceEquals(child, body) && child.Parent is { } parent; child = parent)
        {
            if (parent is ILoopOperation && parent.Descendants().Any(operation => Writes(operation, symbol)))
            {
                return default;
            }

            var before = parent.ChildOperations.TakeWhile(sibling => !ReferenceEquals(sibling, child)).Reverse();
            foreach (var sibling in before)
            {
                if (ValueOf(sibling, symbol) is { } value)
                {
                    return (value, null);
                }

                if (ElementIn(sibling, symbol) is { } part)
                {
                    return part;
                }

                if (sibling.DescendantsAndSelf().Any(operation => Writes(operation, symbol)))
                {
                    return default;
                }
            }
        }

        return symbol is IParameterSymbol { RefKind: RefKind.None } ? (reference, null) : default;
    }

    /// <summary>True when an operation changes a variable, or what it holds: also by reference, by deconstruction, in place.</summary>
    public static bool Writes(IOperation operation, ISymbol symbol) => operation switch
    {
        IDeconstructionAssignmentOperation deconstruction => deconstruction.Target.DescendantsAndSelf().Any(target => Refers(target, symbol)),
        IAssignmentOperation assignment => RefersToPart(assignment.Target, symbol),
        IIncrementOrDecrementOperation increment => RefersToPart(increment.Target, symbol),
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => RefersToPart(argument.Value, symbol),
        IVariableDeclaratorOperation declarator => SymbolEqualityComparer.Default.Equals(declarator.Symbol, symbol),
        IDeclarationPatternOperation pattern => SymbolEqualityComparer.Default.Equals(pattern.DeclaredSymbol, symbol),
        IInvocationOperation call => ChangesInPlace(call) && RefersToPart(call.Instance ?? call.Arguments.FirstOrDefault()?.Value, symbol),
        _ => false,
    };

    // x.relu_(), functional.relu(x, inplace: true)
    private static bool ChangesInPlace(IInvocationOperation call) =>
        call.TargetMethod.Name is { Length: > 1 } name
        && (name[name.Length - 1] == '_'
            || call.Arguments.ArgumentFor("inplace") is { ConstantValue: not { HasValue: true, Value: false } });

    private static IOperation? ValueOf(IOperation statement, ISymbol symbol)
    {
        switch (statement)
        {
            case IExpressionStatementOperation { Operation: ISimpleAssignmentOperation { IsRef: false } assignment }
                when Refers(assignment.Target, symbol):
                return assignment.Value;

            // var x = ...; and using var x = ...; and the head of using (var x = ...)
            case IUsingDeclarationOperation { DeclarationGroup: var group }:
                return ValueOf(group, symbol);
            case IVariableDeclarationGroupOperation group:
                foreach (var declarator in group.Declarations.SelectMany(declaration => declaration.Declarators))
                {
                    if (SymbolEqualityComparer.Default.Equals(declarator.Symbol, symbol) && declarator.Symbol.RefKind == RefKind.None)
                    {
                        return declarator.GetVariableInitializer()?.Value;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    // var (a, b) = ...; and (a, b) = ...;
    private static (IOperation Value, int? Element)? ElementIn(IOperation statement, ISymbol symbol)
    {
        if (statement is not IExpressionStatementOperation { Operation: IDeconstructionAssignmentOperation { Value: var value } deconstruction })
        {
            return null;
        }

        var target = deconstruction.Target is IDeclarationExpressionOperation declared ? declared.Expression : deconstruction.Target;
        var elements = (target as ITupleOperation)?.Elements ?? ImmutableArray<IOperation>.Empty;
        for (var i = 0; i < elements.Length; i++)
        {
            var element = elements[i] is IDeclarationExpressionOperation variable ? variable.Expression : elements[i];
            if (Refers(element, symbol) && value.Type is { IsTupleType: true })
            {
                return (value, i);
            }
        }

        return null;
    }

    private static bool IsCaptured(IOperation body, ISymbol symbol) => body switch
    {
        IAnonymousFunctionOperation lambda => !SymbolEqualityComparer.Default.Equals(lambda.Symbol, symbol.ContainingSymbol),
        ILocalFunctionOperation function => !SymbolEqualityComparer.Default.Equals(function.Symbol, symbol.ContainingSymbol),
        _ => false,
    };

    // A lambda runs at any time: what it captures is known only where it is written once, at its declaration.
    private static IOperation? OnlyValue(IOperation body, ISymbol symbol)
    {
        var root = body;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        IOperation? only = null;
        foreach (var operation in root.Descendants())
        {
            if (!Writes(operation, symbol))
            {
                continue;
            }

            if (only is not null || operation is not IVariableDeclaratorOperation declarator)
            {
                return null;
            }

            only = declarator.GetVariableInitializer()?.Value;
            if (only is null)
            {
                return null;
            }
        }

        return only;
    }

    // The variable, or a part of the tuple in it.
    private static bool RefersToPart(IOperation? operation, ISymbol symbol) =>
        Refers(operation, symbol)
        || (operation.Unwrap() is IFieldReferenceOperation { Field.ContainingType.IsTupleType: true, Instance: var whole } && Refers(whole, symbol));

    private static bool Refers(IOperation? operation, ISymbol symbol) =>
        SymbolEqualityComparer.Default.Equals(operation.Unwrap().ReferredSymbol(), symbol);
}
