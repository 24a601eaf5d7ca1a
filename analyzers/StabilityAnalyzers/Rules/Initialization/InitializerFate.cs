using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>What becomes of the values that an initialiser writes, within the statements that follow it in the same block.</summary>
internal static class InitializerFate
{
    /// <summary>Why nobody ever sees the values; null if somebody may.</summary>
    /// <param name="call">A call of an initialiser.</param>
    /// <param name="symbols">TorchSharp in the compilation.</param>
    public static (string Reason, string Text)? Of(IInvocationOperation call, TorchSharpSymbols symbols)
    {
        if (STAB2003UselessInitializer.TargetOf(call) is not { } target || VariableOf(target) is not { } layer
            || StatementOf(call) is not { Parent: IBlockOperation block } statement)
        {
            return null;
        }

        var at = block.Operations.IndexOf(statement);
        for (var i = at + 1; i < block.Operations.Length; i++)
        {
            var next = block.Operations[i];
            if (next is IExpressionStatementOperation { Operation: var expression })
            {
                if (InitializerIn(expression, symbols) is { } other && STAB2003UselessInitializer.TargetOf(other) is { } again
                    && Same(VariableOf(again), layer) && again.Property.Name == target.Property.Name
                    && Mentions(other, layer) == 1)
                {
                    return (STAB2003UselessInitializer.Overwritten, $"has no effect: '{target.Syntax}' is initialised again by '{other.TargetMethod.Name}'");
                }

                if (expression is ISimpleAssignmentOperation assignment && Same(assignment.Target.ReferredSymbol(), layer)
                    && Mentions(assignment, layer) == 1
                    && assignment.Value.Unwrap() is IInvocationOperation or IObjectCreationOperation && IsSeenByInitializersOnly(block, i, layer, symbols))
                {
                    return (STAB2003UselessInitializer.Replaced, $"has no effect: '{layer.Name}' is replaced by another module afterwards");
                }
            }

            if (!IsInitialization(next, layer, symbols) && MayUse(next, layer))
            {
                return null;
            }
        }

        return null;
    }

    private static IInvocationOperation? InitializerIn(IOperation expression, TorchSharpSymbols symbols) =>
        expression.Unwrap() is IInvocationOperation call && STAB2003UselessInitializer.IsInitializer(call, symbols) ? call : null;

    // fc or this.fc; the layer of another object may be reached in other ways.
    private static ISymbol? VariableOf(IPropertyReferenceOperation target) => target.Instance.Unwrap() switch
    {
        ILocalReferenceOperation local => local.Local,
        IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } field => field.Field,
        IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation } property when IsAutomatic(property.Property) => property.Property,
        _ => null,
    };

    private static bool IsAutomatic(IPropertySymbol property) =>
        property.ContainingType.GetMembers().OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property));

    private static IOperation? StatementOf(IInvocationOperation call)
    {
        IOperation at = call;
        while (at.Parent is IConversionOperation or IParenthesizedOperation or IDiscardOperation)
        {
            at = at.Parent;
        }

        return at.Parent as IExpressionStatementOperation;
    }

    // Another variable may hold the module too, unless nothing but initialisers has touched it since it was made: in the
    // constructor of its class, or in the block of the local variable.
    private static bool IsSeenByInitializersOnly(IBlockOperation block, int end, ISymbol layer, TorchSharpSymbols symbols)
    {
        if (layer is ILocalSymbol local
            ? !block.Locals.Contains(local, SymbolEqualityComparer.Default)
            : block.Parent is not IConstructorBodyOperation constructor
                || !IsFirstConstructorOf(constructor, block.Operations[0].Syntax.SpanStart, layer.ContainingType))
        {
            return false;
        }

        return block.Operations.Take(end).All(operation => Mentions(operation, layer) switch
        {
            0 => true,
            1 => IsInitialization(operation, layer, symbols)
                || (operation is IExpressionStatementOperation { Operation: ISimpleAssignmentOperation assignment }
                    && Same(assignment.Target.ReferredSymbol(), layer)),
            _ => false,
        });
    }

    private static bool IsFirstConstructorOf(IConstructorBodyOperation constructor, int inside, INamedTypeSymbol type) =>
        constructor.SemanticModel?.GetEnclosingSymbol(inside)?.ContainingType is { } own
        && SymbolEqualityComparer.Default.Equals(own, type)
        && constructor.Initializer?.DescendantsAndSelf().OfType<IInvocationOperation>().Any(call =>
            call.TargetMethod.MethodKind == MethodKind.Constructor && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, type)) != true;

    // It writes one parameter and reads none.
    private static bool IsInitialization(IOperation statement, ISymbol layer, TorchSharpSymbols symbols) =>
        statement is IExpressionStatementOperation { Operation: var expression } && Mentions(expression, layer) <= 1
        && InitializerIn(expression, symbols) is { } call && STAB2003UselessInitializer.TargetOf(call) is not null;

    private static bool MayUse(IOperation statement, ISymbol layer)
    {
        foreach (var operation in statement.DescendantsAndSelf())
        {
            switch (operation)
            {
                case var _ when Same(operation.ReferredSymbol(), layer):
                case IReturnOperation or IBranchOperation or IAnonymousFunctionOperation or ILocalFunctionOperation:

                // A method of the object itself, or one that is given the object, can reach the layer in its fields.
                case IInstanceReferenceOperation { Parent: not (IFieldReferenceOperation or IPropertyReferenceOperation) } when !IsRegistration(operation.Parent):
                    return true;
            }
        }

        return false;
    }

    private static bool IsRegistration(IOperation? call) => call is IInvocationOperation { TargetMethod.Name: "RegisterComponents" };

    private static int Mentions(IOperation operation, ISymbol layer) =>
        operation.DescendantsAndSelf().Count(part => Same(part.ReferredSymbol(), layer));

    private static bool Same(ISymbol? a, ISymbol b) => SymbolEqualityComparer.Default.Equals(a, b);
}
