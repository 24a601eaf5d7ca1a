using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Text;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Moves the creation of the optimizer that STAB3006 reports to right behind what replaces the parameters.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3006MoveOptimizerFix))]
[Shared]
public sealed class STAB3006MoveOptimizerFix() : OneActionFix(STAB3006OptimizerBeforeReplacement.Id, "Make the optimizer afterwards")
{
    // Nothing on the way may need the optimizer, as a schedule does.
    private protected override Action<SyntaxEditor>? ChangeFor(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (StatementMove.Siblings(diagnostic, root, StatementMove.Around) is not var (creation, replacement)
            || NameOf(creation) is not { } name
            || creation.SpanStart > replacement.SpanStart)
        {
            return null;
        }

        var between = root.DescendantTokens(TextSpan.FromBounds(creation.Span.End, replacement.Span.End));
        return between.Any(token => token.SpanStart >= creation.Span.End && token.ValueText == name)
            ? null
            : editor => editor.MoveBehind(creation, replacement);
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
