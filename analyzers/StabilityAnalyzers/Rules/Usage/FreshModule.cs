using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>What becomes of a module that a method makes.</summary>
internal static class FreshModule
{
    /// <summary>
    /// True when the module is used for nothing but to be called: not kept in a field, registered, returned, initialised
    /// or passed on. A <c>Sequential</c> that takes it counts as the module.
    /// </summary>
    /// <param name="creation">The call that makes the module.</param>
    public static bool IsOnlyCalled(IOperation creation)
    {
        var current = creation;
        while (current.Parent is { } parent)
        {
            switch (parent)
            {
                case IConversionOperation or IParenthesizedOperation or ITupleOperation or IArrayInitializerOperation or IArrayCreationOperation:
                    current = parent;
                    break;

                // Sequential(Linear(4, 4), ...), Linear(4, 4).to(device)
                case IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "Sequential" or "to" or "cuda" or "cpu" } container } when IsModuleFunction(container):
                    current = container;
                    break;
                case IInvocationOperation { TargetMethod.Name: "call" or "forward" } call:
                    return ReferenceEquals(call.Instance, current);
                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } }:
                    return IsOnlyCalled(local, parent);
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool IsOnlyCalled(ILocalSymbol local, IOperation at)
    {
        var root = at;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        var isCalled = false;
        foreach (var operation in root.Descendants())
        {
            if (operation is not ILocalReferenceOperation reference || !SymbolEqualityComparer.Default.Equals(reference.Local, local))
            {
                continue;
            }

            IOperation outermost = reference;
            while (outermost.Parent is IConversionOperation or IParenthesizedOperation)
            {
                outermost = outermost.Parent;
            }

            switch (outermost.Parent)
            {
                case IInvocationOperation { TargetMethod.Name: "call" or "forward" or "Dispose" } call when ReferenceEquals(call.Instance, outermost):
                    isCalled |= call.TargetMethod.Name != "Dispose";
                    break;
                case IArgumentOperation { Parent: IInvocationOperation { TargetMethod.Name: "to" or "cuda" or "cpu", Parent: IExpressionStatementOperation } move } when IsModuleFunction(move):
                    break;
                default:
                    return false;
            }
        }

        return isCalled;
    }

    private static bool IsModuleFunction(IInvocationOperation call) =>
        call.TargetMethod.ContainingType is { Name: "nn" or "ModuleExtensionMethods" };
}
