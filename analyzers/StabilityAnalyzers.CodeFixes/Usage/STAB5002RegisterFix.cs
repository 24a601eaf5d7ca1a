using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Makes of the field that STAB5002 reports one that <c>RegisterComponents</c> finds.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5002RegisterFix))]
[Shared]
public sealed class STAB5002RegisterFix : DocumentFixProvider
{
    private const string Key = STAB5002UnregisteredComponent.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5002UnregisteredComponent.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (PlanOf(diagnostic, root, model, cancellation) is { } plan)
        {
            yield return (plan.Title, Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (PlanOf(diagnostic, editor.OriginalRoot, model, cancellation) is not { } plan)
        {
            return;
        }

        foreach (var (node, replacement) in plan.Changes)
        {
            editor.ReplaceNode(node, replacement.WithTriviaFrom(node));
        }
    }

    private static FieldChange? PlanOf(Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        // One field in a declaration of its own, whose every use is in this document.
        if (root.FindNode(diagnostic.Location.SourceSpan) is not VariableDeclaratorSyntax declarator
            || declarator.Parent is not VariableDeclarationSyntax { Variables.Count: 1, Parent: FieldDeclarationSyntax declaration }
            || model.GetDeclaredSymbol(declarator, cancellation) is not IFieldSymbol field
            || FieldUses.Of(field, model.Compilation, cancellation) is not { IsDefault: false } uses
            || uses.Any(use => use.Syntax.SyntaxTree != root.SyntaxTree))
        {
            return null;
        }

        diagnostic.Properties.TryGetValue(STAB5002UnregisteredComponent.ShapeProperty, out var shape);
        return shape switch
        {
            STAB5002UnregisteredComponent.Collection => ModuleListChange.Of(field, declarator, uses, model, cancellation),
            STAB5002UnregisteredComponent.Static => FieldChange.ToInstance(field, declaration, uses, model, cancellation),
            STAB5002UnregisteredComponent.Tensor => FieldChange.ToParameter(field, declarator, uses),
            _ => null,
        };
    }
}
