using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>Puts a statement before another one, in the layout that the code already has.</summary>
internal static class StatementInsertion
{
    /// <summary>Inserts a statement before an anchor, making a block where the anchor stands alone.</summary>
    /// <param name="editor">The editor of the document.</param>
    /// <param name="anchor">A statement of the editor's original root.</param>
    /// <param name="statement">What to insert, without trivia.</param>
    public static void InsertStatementBefore(this SyntaxEditor editor, StatementSyntax anchor, StatementSyntax statement)
    {
        switch (anchor.Parent)
        {
            case BlockSyntax or SwitchSectionSyntax:
                editor.InsertBefore(anchor, Lead(statement, anchor));
                editor.ReplaceNode(anchor, (node, _) => Follow((StatementSyntax)node));
                break;
            case GlobalStatementSyntax global:
                editor.InsertBefore(global, SyntaxFactory.GlobalStatement(Lead(statement, anchor)));
                editor.ReplaceNode(anchor, (node, _) => Follow((StatementSyntax)node));
                break;
            default:
                // if (i % 4 == 0) optimizer.step();
                editor.ReplaceNode(anchor, (node, _) => SyntaxFactory
                    .Block(statement, ((StatementSyntax)node).WithoutLeadingTrivia())
                    .WithLeadingTrivia(node.GetLeadingTrivia())
                    .WithAdditionalAnnotations(Formatter.Annotation));
                break;
        }
    }

    private static StatementSyntax Lead(StatementSyntax statement, StatementSyntax anchor)
    {
        var leading = anchor.GetLeadingTrivia();
        if (!IsFirstOnLine(anchor))
        {
            return statement.WithLeadingTrivia(leading).WithTrailingTrivia(SyntaxFactory.Space);
        }

        var head = leading.Take(Split(leading));
        return statement
            .WithLeadingTrivia(head.Concat(Indentation(leading)))
            .WithTrailingTrivia(SyntaxFactory.EndOfLine(NewLine(anchor)));
    }

    private static StatementSyntax Follow(StatementSyntax anchor)
    {
        var leading = anchor.GetLeadingTrivia();
        return anchor.WithLeadingTrivia(leading.Skip(Split(leading)) is var rest && rest.Any() ? rest : Indentation(leading));
    }

    // Blank lines and directives stay above both statements; a comment stays with the one it was written for.
    private static int Split(SyntaxTriviaList leading)
    {
        var afterDirectives = 0;
        for (var i = 0; i < leading.Count; i++)
        {
            if (leading[i].IsDirective)
            {
                afterDirectives = i + 1;
            }
        }

        for (var i = afterDirectives; i < leading.Count; i++)
        {
            if (!leading[i].IsKind(SyntaxKind.WhitespaceTrivia) && !leading[i].IsKind(SyntaxKind.EndOfLineTrivia))
            {
                return i > afterDirectives && leading[i - 1].IsKind(SyntaxKind.WhitespaceTrivia) ? i - 1 : i;
            }
        }

        return Math.Max(afterDirectives, leading.Count - Indentation(leading).Count());
    }

    private static IEnumerable<SyntaxTrivia> Indentation(SyntaxTriviaList leading) =>
        leading.Count > 0 && leading[leading.Count - 1].IsKind(SyntaxKind.WhitespaceTrivia) ? [leading[leading.Count - 1]] : [];

    private static bool IsFirstOnLine(StatementSyntax anchor)
    {
        var first = anchor.GetFirstToken();
        var previous = first.GetPreviousToken();
        return previous.IsKind(SyntaxKind.None)
            || anchor.GetLeadingTrivia().Any(SyntaxKind.EndOfLineTrivia)
            || previous.TrailingTrivia.Any(SyntaxKind.EndOfLineTrivia);
    }

    private static string NewLine(SyntaxNode node)
    {
        var end = node.SyntaxTree.GetRoot().DescendantTrivia().FirstOrDefault(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        return end.IsKind(SyntaxKind.EndOfLineTrivia) ? end.ToString() : "\n";
    }
}
