using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>A loop that registers a hook on every module of some type in a model.</summary>
/// <param name="Model">The model.</param>
/// <param name="IsNested">Whether the loop reaches the children of its children.</param>
/// <param name="Hooked">The type of the modules that get the hook.</param>
internal sealed record HookLoop(IOperation Model, bool IsNested, ITypeSymbol Hooked)
{
    private static readonly string[] s_direct = ["children", "named_children"];
    private static readonly string[] s_nested = ["modules", "named_modules"];
    private static readonly string[] s_transparent = ["OfType", "Cast", "ToList", "ToArray", "AsEnumerable"];

    /// <summary>The loop around the call that registers the hook; null where not every module of a type gets it.</summary>
    public static HookLoop? Of(IInvocationOperation register, TorchSharpSymbols symbols)
    {
        // The conversion says what ((Linear)module).register_forward_hook(...) is called on.
        if (register.Instance is not { Type: { } hooked } || register.Instance.Unwrap() is not ILocalReferenceOperation { Local: { } local })
        {
            return null;
        }

        IOperation child = register;
        for (var parent = register.Parent; parent is not null; child = parent, parent = parent.Parent)
        {
            switch (parent)
            {
                case IForEachLoopOperation loop:
                    return loop.Syntax.Span.Contains(local.DeclaringSyntaxReferences.FirstOrDefault()?.Span ?? default)
                        && GuardsAreTypeTests(loop, register, local, hooked)
                        && ModelOf(loop.Collection, symbols) is var (model, isNested)
                        ? new HookLoop(model, isNested, hooked)
                        : null;
                case IConditionalOperation conditional when child != conditional.WhenTrue || !IsTypeTest(conditional.Condition, local, hooked):
                case ISwitchCaseOperation switchCase when !(switchCase.Clauses.Length == 1
                    && switchCase.Clauses[0] is IPatternCaseClauseOperation { Guard: null } clause && IsTypePattern(clause.Pattern, local, hooked)):
                case ILoopOperation or IAnonymousFunctionOperation or ILocalFunctionOperation or ITryOperation:
                    return null;
            }
        }

        return null;
    }

    // if (module is not Linear linear) continue; what else leaves a pass, or the loop, may leave out modules.
    private static bool GuardsAreTypeTests(IForEachLoopOperation loop, IInvocationOperation register, ILocalSymbol local, ITypeSymbol hooked)
    {
        foreach (var jump in loop.Body.Descendants().Where(operation => operation is IBranchOperation or IReturnOperation))
        {
            var isHarmless = register.Syntax.Span.Contains(jump.Syntax.Span)
                || jump.Parent is ISwitchCaseOperation
                || (jump is IBranchOperation { BranchKind: BranchKind.Continue } && jump.Syntax.SpanStart > register.Syntax.SpanStart);
            if (!isHarmless
                && !(Statement(jump).Parent is IConditionalOperation { WhenFalse: null } guard && IsNegated(guard.Condition, local, hooked)))
            {
                return false;
            }
        }

        return true;
    }

    private static IOperation Statement(IOperation jump) =>
        jump.Parent is IBlockOperation { Operations.Length: 1, Parent: IConditionalOperation } block ? block : jump;

    private static bool IsNegated(IOperation condition, ILocalSymbol local, ITypeSymbol hooked) => condition.Unwrap() switch
    {
        IIsPatternOperation { Pattern: INegatedPatternOperation negated } => IsTypePattern(negated.Pattern, local, hooked),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not => IsTypeTest(not.Operand, local, hooked),
        _ => false,
    };

    private static bool IsTypeTest(IOperation condition, ILocalSymbol local, ITypeSymbol hooked) => condition.Unwrap() switch
    {
        IIsPatternOperation test => IsTypePattern(test.Pattern, local, hooked),
        IIsTypeOperation test => !test.IsNegated && SymbolEqualityComparer.Default.Equals(test.TypeOperand, hooked),
        _ => false,
    };

    private static bool IsTypePattern(IPatternOperation pattern, ILocalSymbol local, ITypeSymbol hooked) => pattern switch
    {
        IDeclarationPatternOperation declaration =>
            SymbolEqualityComparer.Default.Equals(declaration.DeclaredSymbol, local) || SymbolEqualityComparer.Default.Equals(declaration.MatchedType, hooked),
        ITypePatternOperation type => SymbolEqualityComparer.Default.Equals(type.MatchedType, hooked),
        _ => false,
    };

    private static (IOperation Model, bool IsNested)? ModelOf(IOperation collection, TorchSharpSymbols symbols)
    {
        var current = collection.Unwrap();
        while (current is IInvocationOperation { TargetMethod: { IsExtensionMethod: true, ContainingType.Name: "Enumerable" } method, Arguments: { Length: 1 } arguments }
            && s_transparent.Contains(method.Name))
        {
            current = arguments[0].Value.Unwrap();
        }

        return current is IInvocationOperation { Instance: { } instance } call && symbols.IsModule(call.TargetMethod.ContainingType)
            && instance.Unwrap() is { } model
            && (s_direct.Contains(call.TargetMethod.Name) || s_nested.Contains(call.TargetMethod.Name))
            ? (model, s_nested.Contains(call.TargetMethod.Name))
            : null;
    }
}
