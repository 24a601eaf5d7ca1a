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
        expression is { Parent: ExpressionStatementSyntax statement } ? InList(statement) : null;

    /// <summary>The statement around a node, on the same conditions.</summary>
    public static StatementSyntax? Around(SyntaxNode? node) => InList(node?.FirstAncestorOrSelf<StatementSyntax>());

    /// <summary>True when both statements stand in the same list.</summary>
    public static bool AreSiblings(StatementSyntax a, StatementSyntax b) => ListOf(a) is { } list && list == ListOf(b);

    /// <summary>
    /// The statement that a diagnostic reports and the one that it names beside it, where both stand in this document and in the
    /// same list of statements; else null.
    /// </summary>
    /// <param name="diagnostic">The diagnostic.</param>
    /// <param name="root">The document.</param>
    /// <param name="statementOf">How a statement is found: <see cref="Movable"/> if nothing is given.</param>
    public static (StatementSyntax Reported, StatementSyntax Other)? Siblings(
        Diagnostic diagnostic, SyntaxNode root, Func<SyntaxNode?, StatementSyntax?>? statementOf = null)
    {
        statementOf ??= Movable;
        return diagnostic.AdditionalLocations is [{ SourceTree: { } tree } location]
            && tree == diagnostic.Location.SourceTree
            && statementOf(root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)) is { } reported
            && statementOf(root.FindNode(location.SourceSpan, getInnermostNodeForTie: true)) is { } other
            && AreSiblings(reported, other)
                ? (reported, other)
                : null;
    }

    /// <summary>Moves a statement to right before another one of the same list.</summary>
    public static void MoveBefore(this SyntaxEditor editor, StatementSyntax statement, StatementSyntax anchor)
    {
        editor.InsertBefore(Member(anchor), Lifted(statement, anchor));
        editor.RemoveStatement(statement);
    }

    /// <summary>Moves a statement to right behind another one of the same list.</summary>
    public static void MoveBehind(this SyntaxEditor editor, StatementSyntax statement, StatementSyntax anchor)
    {
        var moved = statement;
        var trailing = statement.GetTrailingTrivia();
        if (trailing.LastOrDefault() is var end && end.IsKind(SyntaxKind.EndOfLineTrivia)
            && !anchor.GetTrailingTrivia().Any(SyntaxKind.EndOfLineTrivia))
        {
            // At the end of the file.
            moved = moved.WithTrailingTrivia(trailing.Take(trailing.Count - 1));
            editor.ReplaceNode(anchor, (node, _) => node.WithTrailingTrivia(node.GetTrailingTrivia().Add(end)));
        }

        editor.InsertAfter(Member(anchor), Lifted(moved, anchor));
        editor.RemoveStatement(statement);
    }

    /// <summary>Removes a statement and the comments that belong to it.</summary>
    public static void RemoveStatement(this SyntaxEditor editor, StatementSyntax statement) =>
        editor.RemoveNode(Member(statement), SyntaxRemoveOptions.KeepNoTrivia);

    // Without the blank lines above it, which stay where they are no longer needed.
    private static SyntaxNode Lifted(StatementSyntax statement, StatementSyntax anchor)
    {
        var leading = statement.GetLeadingTrivia();
        var moved = statement.WithLeadingTrivia(leading.Skip(leading.TakeWhile(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)).Count()));
        return anchor.Parent is GlobalStatementSyntax ? SyntaxFactory.GlobalStatement(moved) : moved;
    }

    private static StatementSyntax? InList(StatementSyntax? statement) =>
        statement is { Parent: BlockSyntax or SwitchSectionSyntax or GlobalStatementSyntax, ContainsDirectives: false } ? statement : null;

    private static SyntaxNode Member(StatementSyntax statement) => statement.Parent is GlobalStatementSyntax global ? global : statement;

    /// <summary>The block, switch section or file whose statements the statement is one of, or null.</summary>
    public static SyntaxNode? ListOf(StatementSyntax statement) => statement.Parent switch
    {
        GlobalStatementSyntax global => global.Parent,
        BlockSyntax or SwitchSectionSyntax => statement.Parent,
        _ => null,
    };
}
