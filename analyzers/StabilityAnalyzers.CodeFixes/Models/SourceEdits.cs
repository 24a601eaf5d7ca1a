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
    private readonly List<(SyntaxNode Node, Func<SyntaxNode, SyntaxNode> Change)> _rewritten = [];

    /// <summary>True if nothing is changed.</summary>
    public bool IsEmpty => _replaced.Count == 0 && _inserted.Count == 0 && _appended.Count == 0 && _rewritten.Count == 0;

    /// <summary>Puts one node in the place of another, whose trivia it takes.</summary>
    public void Replace(SyntaxNode node, SyntaxNode by) => _replaced[node] = by.WithTriviaFrom(node);

    /// <summary>
    /// Puts statements, given as lines of code, between the making of a value and its return, for which it gets a name: return
    /// x; or a member that is nothing but => x.
    /// </summary>
    /// <param name="value">The value as it stands in the source.</param>
    /// <param name="name">Name of the new variable.</param>
    /// <param name="lines">The statements.</param>
    /// <returns>False if the value is returned in no such way.</returns>
    public bool InsertBeforeReturnOf(SyntaxNode value, string name, IEnumerable<string> lines)
    {
        switch (value.Parent)
        {
            case ReturnStatementSyntax { Parent: BlockSyntax } statement:
                var indentation = IndentationOf(statement);
                var newLine = NewLineOf(statement);
                _rewritten.Add((statement, node => ((ReturnStatementSyntax)node).Expression is { } expression
                    ? Declaration(name, expression.WithoutLeadingTrivia()).WithTriviaFrom(node)
                    : node));
                _inserted.Add((statement, Parse([.. lines, $"return {name};"], indentation, newLine, startsOwnLine: true)));
                return true;
            case ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax { ReturnType: not PredefinedTypeSyntax } method }:
                _rewritten.Add((method, node => WithBlock((MethodDeclarationSyntax)node, name, [.. lines, $"return {name};"], IndentationOf(method), NewLineOf(method))));
                return true;
            default:
                return false;
        }
    }

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

        foreach (var (node, change) in _rewritten)
        {
            editor.ReplaceNode(node, (current, _) => change(current));
        }

        foreach (var (block, statements) in _appended)
        {
            editor.ReplaceNode(block, (node, _) => Extended((BlockSyntax)node, statements, IndentationOf(block), NewLineOf(block)));
        }
    }

    /// <summary>The document's root with the changes, without a workspace.</summary>
    public SyntaxNode Apply(SyntaxNode root)
    {
        root = root.TrackNodes(_replaced.Keys.Concat(_inserted.Select(insertion => Place(insertion.Anchor)))
            .Concat(_appended.Select(pair => pair.Block)).Concat(_rewritten.Select(pair => pair.Node)));
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

        foreach (var (node, change) in _rewritten)
        {
            if (root.GetCurrentNode(node) is { } current)
            {
                root = root.ReplaceNode(current, change(current));
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

    // => x; becomes { var name = x; ...; return name; }
    private static MethodDeclarationSyntax WithBlock(
        MethodDeclarationSyntax method, string name, IEnumerable<string> lines, string indentation, string newLine)
    {
        if (method.ExpressionBody is not { Expression: var expression } arrow)
        {
            return method;
        }

        var end = SyntaxFactory.EndOfLine(newLine);
        var inner = SyntaxFactory.Whitespace(indentation + "    ");

        // The lines of the expression stand one level deeper now, if they were laid out by the member.
        var isOnFirstLine = !arrow.ArrowToken.TrailingTrivia.Any(SyntaxKind.EndOfLineTrivia)
            && !expression.GetLeadingTrivia().Any(SyntaxKind.EndOfLineTrivia);
        var value = (isOnFirstLine ? Deeper(expression) : expression).WithoutLeadingTrivia().WithoutTrailingTrivia();
        var block = SyntaxFactory.Block(
            SyntaxFactory.Token(SyntaxKind.OpenBraceToken).WithLeadingTrivia(SyntaxFactory.Whitespace(indentation)).WithTrailingTrivia(end),
            SyntaxFactory.List(Parse(lines, indentation + "    ", newLine, startsOwnLine: true)
                .Prepend(Declaration(name, value).WithLeadingTrivia(inner).WithTrailingTrivia(end))),
            SyntaxFactory.Token(SyntaxKind.CloseBraceToken)
                .WithLeadingTrivia(SyntaxFactory.Whitespace(indentation)).WithTrailingTrivia(method.SemicolonToken.TrailingTrivia));
        return method
            .WithParameterList(method.ParameterList.WithTrailingTrivia(end))
            .WithExpressionBody(null)
            .WithSemicolonToken(default)
            .WithBody(block);
    }

    private static StatementSyntax Declaration(string name, ExpressionSyntax value) => SyntaxFactory.LocalDeclarationStatement(
        SyntaxFactory.VariableDeclaration(
            SyntaxFactory.IdentifierName("var").WithTrailingTrivia(SyntaxFactory.Space),
            SyntaxFactory.SingletonSeparatedList(SyntaxFactory.VariableDeclarator(
                SyntaxFactory.Identifier(name).WithTrailingTrivia(SyntaxFactory.Space),
                null,
                SyntaxFactory.EqualsValueClause(
                    SyntaxFactory.Token(SyntaxKind.EqualsToken).WithTrailingTrivia(SyntaxFactory.Space), value)))));

    private static ExpressionSyntax Deeper(ExpressionSyntax expression) => expression.ReplaceTokens(
        expression.DescendantTokens().Where(token => token.GetPreviousToken().TrailingTrivia.Any(SyntaxKind.EndOfLineTrivia)),
        (_, token) => token.WithLeadingTrivia(token.LeadingTrivia.Select(trivia =>
            trivia.IsKind(SyntaxKind.WhitespaceTrivia) ? SyntaxFactory.Whitespace("    " + trivia) : trivia)));

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
