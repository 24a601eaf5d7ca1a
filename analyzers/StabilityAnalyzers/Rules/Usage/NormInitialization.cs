using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Whether the class that makes a normalisation layer also sets its weights.</summary>
internal static class NormInitialization
{
    /// <summary>
    /// False only where the class that makes the layer, and every class that it derives from, is seen to leave the layer's
    /// weights alone: no initialiser or write reaches them through the variable that holds the layer, nor through one
    /// that may hold any layer, and no loop goes over the modules or parameters.
    /// </summary>
    /// <param name="creation">The call that makes the layer.</param>
    /// <param name="type">The class that the call belongs to.</param>
    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static bool MayFollow(IInvocationOperation creation, INamedTypeSymbol? type, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        if (HolderOf(creation) is not { } holder)
        {
            return true;
        }

        var source = SourceIndex.Of(symbols.Compilation);
        for (var t = type; t is not null && t.SpecialType != SpecialType.System_Object; t = t.BaseType)
        {
            if (!source.IsSource(t.OriginalDefinition))
            {
                return !SymbolEqualityComparer.Default.Equals(t.ContainingAssembly, symbols.Torch.ContainingAssembly);
            }

            foreach (var reference in t.DeclaringSyntaxReferences)
            {
                if (MayWrite(reference.GetSyntax(cancellation), holder, source, symbols, cancellation))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // What holds the layer: a variable, or the creation itself where a container takes it. Null where it goes elsewhere.
    private static object? HolderOf(IOperation creation)
    {
        var current = creation;
        while (current.Parent is { } parent)
        {
            switch (parent)
            {
                case ISimpleAssignmentOperation assignment:
                    return assignment.Target.Unwrap().ReferredSymbol();
                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator }:
                    return declarator.Symbol;
                case IFieldInitializerOperation { InitializedFields: [var field] }:
                    return field;
                case IPropertyInitializerOperation { InitializedProperties: [var property] }:
                    return property;

                // Sequential(..., GroupNorm(8, 64)): no name leads to the layer.
                case IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { Name: "Sequential", ContainingType.Name: "nn" } } }:
                    return creation;
                case IConversionOperation or IParenthesizedOperation or ITupleOperation or IArrayInitializerOperation or IArrayCreationOperation:
                    current = parent;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static bool MayWrite(SyntaxNode declaration, object holder, SourceIndex source, TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        foreach (var node in declaration.DescendantNodes())
        {
            cancellation.ThrowIfCancellationRequested();
            switch (node)
            {
                // Whatever touches a weight or bias, other than to read it in a call of the layer's own.
                case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "weight" or "bias" } access
                    when MayBe(source.Operation(access.Expression, cancellation), holder, symbols):
                case SimpleNameSyntax { Identifier.ValueText: "modules" or "named_modules" or "children" or "named_children" or "parameters" or "named_parameters" or "apply" or "get_parameter" or "state_dict" }:
                    return true;
                case InvocationExpressionSyntax call when NameOf(call) is { } name && name.StartsWith("load", StringComparison.OrdinalIgnoreCase):

                // Initialize(norm)
                case ArgumentSyntax argument when source.Operation(argument, cancellation) is IArgumentOperation { Value: var value, Parent: IInvocationOperation target }
                    && value.Unwrap().ReferredSymbol() is { } given
                    && SymbolEqualityComparer.Default.Equals(given, holder as ISymbol)
                    && !SymbolEqualityComparer.Default.Equals(target.TargetMethod.ContainingAssembly, symbols.Torch.ContainingAssembly):
                    return true;
            }
        }

        return false;
    }

    // Another variable of its own does not hold the layer; anything else may.
    private static bool MayBe(IOperation? owner, object holder, TorchSharpSymbols symbols)
    {
        owner = owner.Unwrap();
        if (symbols.LayerOf(owner?.Type) is { Name: not "GroupNorm" })
        {
            return false;
        }

        return owner is not (IFieldReferenceOperation or IPropertyReferenceOperation)
            || SymbolEqualityComparer.Default.Equals(owner.ReferredSymbol(), holder as ISymbol);
    }

    private static string? NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        _ => null,
    };
}
