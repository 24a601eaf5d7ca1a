using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Changes of one document: expressions and types that are replaced, statements that are added behind others.</summary>
internal sealed class SourceEdits
{
    private readonly Dictionary<SyntaxNode, SyntaxNode> _replaced = [];
    private readonly List<(StatementSyntax Anchor, List<StatementSyntax> Statements)> _inserted = [];
    private readonly List<(BlockSyntax Block, List<StatementSyntax> Statements)> _appended = [];

    /// <summary>True if nothing is changed.</summary>
    public bool IsEmpty => _replaced.Count == 0 && _inserted.Count == 0 && _appended.Count == 0;

    /// <summary>Puts one node in the place of another, whose trivia it takes.</summary>
    public void Replace(SyntaxNode node, SyntaxNode by) => _replaced[node] = by.WithTriviaFrom(node);

    /// <summary>Adds statements, given as lines of code, behind another.</summary>
    public void InsertAfter(StatementSyntax anchor, IEnumerable<string> lines) =>
        _inserted.Add((anchor, Parse(lines, IndentationOf(anchor), NewLineOf(anchor), anchor.GetTrailingTrivia().Any(SyntaxKind.EndOfLineTrivia))));

    /// <summary>Adds statements, given as lines of code, at the end of a block.</summary>
    public void Append(BlockSyntax block, IEnumerable<string> lines)
    {
        var text = block.SyntaxTree.GetText();
        var isOneLine = text.Lines.IndexOf(block.SpanStart) == text.Lines.IndexOf(block.Span.End);
        if (block.Statements.LastOrDefault() is { } last && !isOneLine)
        {
            InsertAfter(last, lines);
        }
        else
        {
            _appended.Add((block, Parse(lines, IndentationOf(block) + "    ", NewLineOf(block), startsOwnLine: true)));
        }
    }

    /// <summary>Makes the changes in an editor of the document.</summary>
    public void Apply(SyntaxEditor editor)
    {
        foreach (var pair in _replaced)
        {
            editor.ReplaceNode(pair.Key, pair.Value);
        }

        foreach (var (anchor, statements) in _inserted)
        {
            editor.InsertAfter(Place(anchor), statements.Select(statement => Wrap(anchor, statement)));
        }

        foreach (var (block, statements) in _appended)
        {
            editor.ReplaceNode(block, (node, _) => Extended((BlockSyntax)node, statements, IndentationOf(block), NewLineOf(block)));
        }
    }

    /// <summary>The document's root with the changes, without a workspace.</summary>
    public SyntaxNode Apply(SyntaxNode root)
    {
        root = root.TrackNodes(_replaced.Keys.Concat(_inserted.Select(insertion => Place(insertion.Anchor))).Concat(_appended.Select(pair => pair.Block)));
        foreach (var pair in _replaced)
        {
            if (root.GetCurrentNode(pair.Key) is { } current)
            {
                root = root.ReplaceNode(current, pair.Value);
            }
        }

        foreach (var (anchor, statements) in _inserted)
        {
            if (root.GetCurrentNode(Place(anchor)) is { } current)
            {
                root = root.InsertNodesAfter(current, statements.Select(statement => Wrap(anchor, statement)));
            }
        }

        foreach (var (block, statements) in _appended)
        {
            if (root.GetCurrentNode(block) is { } current)
            {
                root = root.ReplaceNode(current, Extended(current, statements, IndentationOf(block), NewLineOf(block)));
            }
        }

        return root;
    }

    // { a(); b(); } with more in it takes several lines.
    private static BlockSyntax Extended(BlockSyntax block, List<StatementSyntax> added, string indentation, string newLine)
    {
        var end = SyntaxFactory.EndOfLine(newLine);
        var statements = block.Statements.Select(statement => statement
            .WithLeadingTrivia(SyntaxFactory.Whitespace(indentation + "    "))
            .WithTrailingTrivia(statement.GetTrailingTrivia().Where(trivia => !trivia.IsKind(SyntaxKind.WhitespaceTrivia)).Append(end)));
        return block
            .WithOpenBraceToken(block.OpenBraceToken.WithTrailingTrivia(end))
            .WithStatements(SyntaxFactory.List(statements.Concat(added)))
            .WithCloseBraceToken(block.CloseBraceToken.WithLeadingTrivia(
                block.CloseBraceToken.LeadingTrivia
                    .Where(trivia => !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia))
                    .Append(SyntaxFactory.Whitespace(indentation))));
    }

    private static SyntaxNode Place(StatementSyntax anchor) => anchor.Parent is GlobalStatementSyntax global ? global : anchor;

    private static SyntaxNode Wrap(StatementSyntax anchor, StatementSyntax statement) =>
        anchor.Parent is GlobalStatementSyntax ? SyntaxFactory.GlobalStatement(statement) : statement;

    private static List<StatementSyntax> Parse(IEnumerable<string> lines, string indentation, string newLine, bool startsOwnLine)
    {
        // One statement begins at each line without indentation and without a closing brace.
        var statements = new List<StatementSyntax>();
        var text = "";
        foreach (var line in lines.Append(""))
        {
            var begins = line.Length == 0 || (!char.IsWhiteSpace(line[0]) && line[0] is not ('{' or '}'));
            if (begins && text.Length > 0)
            {
                statements.Add(SyntaxFactory.ParseStatement(text));
                text = "";
            }

            text += line.Length == 0 ? "" : indentation + line + newLine;
        }

        if (!startsOwnLine && statements.Count > 0)
        {
            statements[0] = statements[0].WithLeadingTrivia(SyntaxFactory.Space);
        }

        return statements;
    }

    private static string IndentationOf(SyntaxNode node)
    {
        var trivia = node.GetLeadingTrivia();
        if (trivia.Count > 0 && trivia[trivia.Count - 1].IsKind(SyntaxKind.WhitespaceTrivia))
        {
            return trivia[trivia.Count - 1].ToString();
        }

        // A statement that does not begin its line is laid out like the line.
        var text = node.SyntaxTree.GetText();
        var line = text.Lines.GetLineFromPosition(node.SpanStart).ToString();
        return line.Substring(0, line.Length - line.TrimStart().Length);
    }

    private static string NewLineOf(SyntaxNode node)
    {
        var text = node.SyntaxTree.GetText();
        return text.Lines.Count > 0 && text.Lines[0] is { } line && line.SpanIncludingLineBreak.Length - line.Span.Length == 2 ? "\r\n" : "\n";
    }
}
