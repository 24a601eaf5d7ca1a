using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>Finds the statement that a diagnostic is about.</summary>
internal static class DiagnosticStatement
{
    /// <summary>
    /// The statement that the reported expression is. Null where it is no statement of its own, as in an expression
    /// body: there is no place for another one.
    /// </summary>
    public static StatementSyntax? StatementOf(this Diagnostic diagnostic, SyntaxNode root) => root
        .FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)
        .FirstAncestorOrSelf<SyntaxNode>(node => node is not ExpressionSyntax or AnonymousFunctionExpressionSyntax) as ExpressionStatementSyntax;
}
