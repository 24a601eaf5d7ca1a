using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>Moves and removes statements that stand in a list of statements, with the comments that belong to them.</summary>
internal static class StatementMove
{
    /// <summary>
    /// The statement that an expression is, where it stands in a block, a switch section or at the top level of a
    /// program, and no directive would be torn away with it; else null.
    /// </summary>
    public static StatementSyntax? Movable(SyntaxNode? expression) =>
        expression is { Parent: ExpressionStatementSyntax { Parent: BlockSyntax or SwitchSectionSyntax or GlobalStatementSyntax } statement }
        && !statement.ContainsDirectives
            ? statement
            : null;

    /// <summary>True when both statements stand in the same list.</summary>
    public static bool AreSiblings(StatementSyntax a, StatementSyntax b) => ListOf(a) == ListOf(b);

    /// <summary>Moves a statement to right behind another one of the same list.</summary>
    public static void MoveBehind(this SyntaxEditor editor, StatementSyntax statement, StatementSyntax anchor)
    {
        // A blank line above stays where it is.
        var leading = statement.GetLeadingTrivia();
        var head = leading.TakeWhile(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)).Count();
        var moved = statement.WithLeadingTrivia(leading.Skip(head));
        var trailing = statement.GetTrailingTrivia();
        if (trailing.LastOrDefault() is var end && end.IsKind(SyntaxKind.EndOfLineTrivia)
            && !anchor.GetTrailingTrivia().Any(SyntaxKind.EndOfLineTrivia))
        {
            // At the end of the file.
            moved = moved.WithTrailingTrivia(trailing.Take(trailing.Count - 1));
            editor.ReplaceNode(anchor, (node, _) => node.WithTrailingTrivia(node.GetTrailingTrivia().Add(end)));
        }

        if (anchor.Parent is GlobalStatementSyntax global)
        {
            editor.InsertAfter(global, SyntaxFactory.GlobalStatement(moved));
        }
        else
        {
            editor.InsertAfter(anchor, moved);
        }

        editor.RemoveStatement(statement);
    }

    /// <summary>Removes a statement and the comments that belong to it.</summary>
    public static void RemoveStatement(this SyntaxEditor editor, StatementSyntax statement) => editor.RemoveNode(
        statement.Parent is GlobalStatementSyntax global ? global : statement, SyntaxRemoveOptions.KeepNoTrivia);

    private static SyntaxNode? ListOf(StatementSyntax statement) =>
        statement.Parent is GlobalStatementSyntax global ? global.Parent : statement.Parent;
}
