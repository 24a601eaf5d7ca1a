using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Takes the parameters of the module that STAB5007 reports out of the dispose scope, right after it is made.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5007DetachParametersFix))]
[Shared]
public sealed class STAB5007DetachParametersFix : DocumentFixProvider
{
    private const string Key = STAB5007ModuleInDisposeScope.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5007ModuleInDisposeScope.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (PlaceOf(diagnostic, root) is { Name: var name })
        {
            yield return ($"Detach the parameters of '{name}' from the dispose scope", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (PlaceOf(diagnostic, editor.OriginalRoot) is not { } place)
        {
            return;
        }

        var element = NameBinding.FreeName(editor.OriginalRoot, "parameter");
        var indentation = place.Statement.GetLeadingTrivia().LastOrDefault(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia));
        editor.InsertAfter(place.Statement, SyntaxFactory
            .ParseStatement($"foreach (var {element} in {place.Name}.parameters()) {element}.DetachFromDisposeScope();")
            .WithLeadingTrivia(indentation)
            .WithTrailingTrivia(place.Statement.GetTrailingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia) || trivia.IsKind(SyntaxKind.WhitespaceTrivia)))
            .WithAdditionalAnnotations(Formatter.Annotation));
    }

    // var model = new Net(); model = new Net(); in a block
    private static (StatementSyntax Statement, string Name)? PlaceOf(Diagnostic diagnostic, SyntaxNode root)
    {
        var node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
        return node.Parent switch
        {
            EqualsValueClauseSyntax
            {
                Parent: VariableDeclaratorSyntax { Identifier.ValueText: var name, Parent: VariableDeclarationSyntax { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax { Parent: BlockSyntax } local } },
            } => (local, name),
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }, Parent: ExpressionStatementSyntax { Parent: BlockSyntax } statement } assignment
                when assignment.Right == node => (statement, assignment.Left.ToString()),
            _ => null,
        };
    }
}
