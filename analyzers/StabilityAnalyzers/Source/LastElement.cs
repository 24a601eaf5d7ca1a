using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Source;

/// <summary>What stands last in a sequence that is made in the same member: an array, a list, or a list that is filled statement by statement.</summary>
internal static class LastElement
{
    private static readonly string[] s_copies = ["ToArray", "ToList", "AsEnumerable"];

    /// <summary>The last element; null if it is not known.</summary>
    public static IOperation? Of(IOperation? sequence)
    {
        var current = sequence.Unwrap();
        while (current is IInvocationOperation { TargetMethod: { ContainingType.Name: "Enumerable" or "List" } method } copy && s_copies.Contains(method.Name))
        {
            current = (copy.Instance ?? (copy.Arguments.Length == 1 ? copy.Arguments[0].Value : null)).Unwrap();
        }

        return current switch
        {
            IArrayCreationOperation { Initializer.ElementValues: { Length: > 0 } elements } => elements[elements.Length - 1].Unwrap(),
            ILocalReferenceOperation local => AddedBefore(local),
            _ => OfInitializer(current),
        };
    }

    // new List<Module<Tensor, Tensor>> { a, b }
    private static IOperation? OfInitializer(IOperation? creation) =>
        creation.Unwrap() is IObjectCreationOperation { Type.Name: "List", Initializer.Initializers: { Length: > 0 } added }
        && added[added.Length - 1] is IInvocationOperation { TargetMethod.Name: "Add", Arguments: [{ Value: var last }] }
            ? last.Unwrap()
            : null;

    // The nearest statement before the use that mentions the list must add to it, or make it, whatever happens before.
    private static IOperation? AddedBefore(ILocalReferenceOperation use)
    {
        if (use.Local.Type.Name != "List" || !IsPlain(use.Local, use))
        {
            return null;
        }

        IOperation statement = use;
        for (var parent = use.Parent; parent is not null; statement = parent, parent = parent.Parent)
        {
            if (parent is not IBlockOperation block)
            {
                if (parent is ILoopOperation)
                {
                    return null;
                }

                continue;
            }

            for (var i = block.Operations.IndexOf(statement) - 1; i >= 0; i--)
            {
                if (Mentions(block.Operations[i], use.Local))
                {
                    return ElementOf(block.Operations[i], use.Local);
                }
            }
        }

        return null;
    }

    private static IOperation? ElementOf(IOperation statement, ILocalSymbol list) => statement switch
    {
        IExpressionStatementOperation { Operation: IInvocationOperation { TargetMethod.Name: "Add", Arguments: [{ Value: var added }] } add }
            when Is(add.Instance, list) && !Mentions(added, list) => added.Unwrap(),
        IVariableDeclarationGroupOperation { Declarations: [{ Declarators: [var declarator] }] }
            when SymbolEqualityComparer.Default.Equals(declarator.Symbol, list) =>
            OfInitializer((declarator.Initializer ?? ((IVariableDeclarationOperation?)declarator.Parent)?.Initializer)?.Value),
        _ => null,
    };

    // Written once, never under a second name, and not by a lambda or local function, which may run at any time.
    private static bool IsPlain(ILocalSymbol list, IOperation use)
    {
        IOperation root = use;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        foreach (var reference in root.DescendantsAndSelf().OfType<ILocalReferenceOperation>().Where(reference => Is(reference, list)))
        {
            var isUsedInPlace = reference.Outer() is IArgumentOperation or IForEachLoopOperation
                or IMemberReferenceOperation or IInvocationOperation;
            if (!isUsedInPlace || !SymbolEqualityComparer.Default.Equals(BodyOf(reference), BodyOf(use)))
            {
                return false;
            }
        }

        return true;
    }

    private static ISymbol? BodyOf(IOperation operation)
    {
        for (var parent = operation.Parent; parent is not null; parent = parent.Parent)
        {
            switch (parent)
            {
                case IAnonymousFunctionOperation lambda:
                    return lambda.Symbol;
                case ILocalFunctionOperation function:
                    return function.Symbol;
            }
        }

        return null;
    }

    private static bool Mentions(IOperation operation, ILocalSymbol list) =>
        operation.DescendantsAndSelf().Any(part => Is(part, list) || (part is IVariableDeclaratorOperation declarator && SymbolEqualityComparer.Default.Equals(declarator.Symbol, list)));

    private static bool Is(IOperation? operation, ILocalSymbol list) =>
        operation is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, list);
}
