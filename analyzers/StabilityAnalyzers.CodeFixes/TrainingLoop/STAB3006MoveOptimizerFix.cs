using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Moves the creation of the optimizer that STAB3006 reports to right behind what replaces the parameters.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3006MoveOptimizerFix))]
[Shared]
public sealed class STAB3006MoveOptimizerFix : DocumentFixProvider
{
    private const string Key = STAB3006OptimizerBeforeReplacement.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3006OptimizerBeforeReplacement.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, root) is not null)
        {
            yield return ("Make the optimizer afterwards", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, editor.OriginalRoot) is var (creation, replacement))
        {
            editor.MoveBehind(creation, replacement);
        }
    }

    // Nothing on the way may need the optimizer, as a schedule does.
    private static (StatementSyntax Creation, StatementSyntax Replacement)? Find(Diagnostic diagnostic, SyntaxNode root)
    {
        if (diagnostic.AdditionalLocations is not [{ SourceTree: { } tree } location]
            || tree != diagnostic.Location.SourceTree
            || StatementMove.Around(root.FindNode(diagnostic.Location.SourceSpan)) is not { } creation
            || NameOf(creation) is not { } name
            || StatementMove.Around(root.FindNode(location.SourceSpan)) is not { } replacement
            || !StatementMove.AreSiblings(creation, replacement)
            || creation.SpanStart > replacement.SpanStart)
        {
            return null;
        }

        var between = root.DescendantTokens(new Microsoft.CodeAnalysis.Text.TextSpan(creation.Span.End, replacement.Span.End - creation.Span.End));
        return between.Any(token => token.SpanStart >= creation.Span.End && token.ValueText == name) ? null : (creation, replacement);
    }

    // var optimizer = ...; optimizer = ...; this.optimizer = ...
    private static string? NameOf(StatementSyntax creation) => creation switch
    {
        LocalDeclarationStatementSyntax { Declaration.Variables: [var variable] } => variable.Identifier.ValueText,
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: IdentifierNameSyntax name } } => name.Identifier.ValueText,
        ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax, Name: var name } } } =>
            name.Identifier.ValueText,
        _ => null,
    };
}
