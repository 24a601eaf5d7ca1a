using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Simplification;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>What is to be replaced to give a field another type.</summary>
/// <param name="Title">What the change does.</param>
/// <param name="Changes">The nodes and what takes their place, without trivia.</param>
internal sealed record FieldChange(string Title, ImmutableArray<(SyntaxNode Node, SyntaxNode Replacement)> Changes)
{
    /// <summary>From a static field to one of the instance.</summary>
    public static FieldChange? ToInstance(
        IFieldSymbol field,
        FieldDeclarationSyntax declaration,
        ImmutableArray<IFieldReferenceOperation> uses,
        SemanticModel model,
        CancellationToken cancellation)
    {
        var isStatic = declaration.Modifiers.IndexOf(SyntaxKind.StaticKeyword);
        if (isStatic < 0 || uses.Any(use => use.Syntax is not IdentifierNameSyntax || !IsInInstanceMember(use, field, model, cancellation)))
        {
            return null;
        }

        var modifiers = declaration.Modifiers.RemoveAt(isStatic);
        var changed = modifiers.Count > 0
            ? declaration.WithModifiers(modifiers)
            : declaration.WithModifiers(modifiers).WithDeclaration(declaration.Declaration.WithoutLeadingTrivia());
        return new($"Make '{field.Name}' a field of the instance", ImmutableArray.Create<(SyntaxNode, SyntaxNode)>((declaration, changed)));
    }

    /// <summary>From a tensor to a parameter.</summary>
    public static FieldChange? ToParameter(IFieldSymbol field, VariableDeclaratorSyntax declarator, ImmutableArray<IFieldReferenceOperation> uses)
    {
        if (declarator.Parent is not VariableDeclarationSyntax { Type: var type })
        {
            return null;
        }

        var values = uses
            .Select(use => use.Parent is ISimpleAssignmentOperation assignment && ReferenceEquals(assignment.Target, use)
                ? (assignment.Syntax as AssignmentExpressionSyntax)?.Right
                : null)
            .Append(declarator.Initializer?.Value)
            .Where(value => value is not null)
            .ToList();
        if (values is not [{ } made])
        {
            return null;
        }

        var parameter = SyntaxFactory.ParseTypeName("global::TorchSharp.Modules.Parameter").WithAdditionalAnnotations(Simplifier.Annotation);
        SyntaxNode nullable = type is NullableTypeSyntax ? SyntaxFactory.NullableType(parameter) : parameter;
        var creation = SyntaxFactory.ObjectCreationExpression(parameter)
            .WithNewKeyword(SyntaxFactory.Token(SyntaxKind.NewKeyword).WithTrailingTrivia(SyntaxFactory.Space))
            .WithArgumentList(SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(made.WithoutTrivia()))));
        return new($"Make '{field.Name}' a Parameter, which is trained", ImmutableArray.Create<(SyntaxNode, SyntaxNode)>((type, nullable), (made, creation)));
    }

    private static bool IsInInstanceMember(IOperation use, IFieldSymbol field, SemanticModel model, CancellationToken cancellation)
    {
        for (var symbol = model.GetEnclosingSymbol(use.Syntax.SpanStart, cancellation); symbol is not null and not INamedTypeSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.IsStatic || symbol is IFieldSymbol)
            {
                return false;
            }

            if (SymbolEqualityComparer.Default.Equals(symbol.ContainingSymbol, field.ContainingType))
            {
                return true;
            }
        }

        return false;
    }
}
