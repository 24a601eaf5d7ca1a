using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Every place that refers to a field.</summary>
internal static class FieldUses
{
    private const int Budget = 500;

    /// <summary>
    /// The references to a field of this compilation; default when there may be others elsewhere, or too many of them.
    /// </summary>
    public static ImmutableArray<IFieldReferenceOperation> Of(IFieldSymbol field, Compilation compilation, CancellationToken cancellation)
    {
        if (IsVisibleOutside(field, compilation))
        {
            return default;
        }

        var source = SourceIndex.Of(compilation);
        var found = ImmutableArray.CreateBuilder<IFieldReferenceOperation>();
        var roots = field.DeclaredAccessibility == Accessibility.Private
            ? field.ContainingType.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellation))
            : compilation.SyntaxTrees.Select(tree => tree.GetRoot(cancellation));
        foreach (var root in roots)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var name in root.DescendantNodes().OfType<IdentifierNameSyntax>())
            {
                if (name.Identifier.ValueText != field.Name || IsNameOf(name))
                {
                    continue;
                }

                SyntaxNode node = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name;
                switch (source.Operation(node, cancellation))
                {
                    case IFieldReferenceOperation reference
                        when SymbolEqualityComparer.Default.Equals(reference.Field.OriginalDefinition, field.OriginalDefinition):
                        found.Add(reference);
                        break;

                    // x?.field, { field: ... } and the like, or no code that is understood
                    case null:
                        return default;
                }

                if (found.Count > Budget)
                {
                    return default;
                }
            }
        }

        return found.ToImmutable();
    }

    /// <summary>True when code of another project can see the member.</summary>
    public static bool IsVisibleOutside(ISymbol member, Compilation compilation)
    {
        if (compilation.Options.OutputKind is OutputKind.ConsoleApplication or OutputKind.WindowsApplication)
        {
            return false;
        }

        for (var symbol = member; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsNameOf(SyntaxNode name) =>
        name.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } };
}
