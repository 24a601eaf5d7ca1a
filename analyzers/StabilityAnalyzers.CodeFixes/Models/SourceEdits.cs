using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>
/// Changes of one document's text: what nobody touches stays as it is, trivia and all, and changes of several fixes go
/// together as long as they do not overlap.
/// </summary>
/// <param name="tree">The document.</param>
internal sealed class SourceEdits(SyntaxTree tree)
{
    // Of the insertions at one position those that close something come first, the innermost before all others; then
    // statements; then those that open something, the outermost before all others.
    private const int Opening = 1 << 28;

    private readonly SourceText _text = tree.GetText();
    private readonly List<Edit> _edits = [];

    private readonly record struct Edit(TextSpan Span, int Rank, string Text);

    /// <summary>True if nothing is changed.</summary>
    public bool IsEmpty => _edits.Count == 0;

    /// <summary>The places that are changed.</summary>
    public IEnumerable<TextSpan> Spans => _edits.Select(edit => edit.Span);

    /// <summary>The line break of the document.</summary>
    public string NewLine =>
        _text.Lines.Count > 0 && _text.Lines[0] is { } line && line.SpanIncludingLineBreak.Length - line.Span.Length == 2 ? "\r\n" : "\n";

    /// <summary>The document's text with the changes; null if they contradict each other.</summary>
    public SourceText? Apply() => Sorted() is { } edits ? _text.WithChanges(edits.Select(edit => new TextChange(edit.Span, edit.Text))) : null;

    /// <summary>Takes over the changes of another fix of the same document. False, and nothing is changed, if they do not go together.</summary>
    public bool TryAdd(SourceEdits other)
    {
        var count = _edits.Count;
        _edits.AddRange(other._edits);
        if (Sorted() is not null)
        {
            return true;
        }

        _edits.RemoveRange(count, _edits.Count - count);
        return false;
    }

    /// <summary>Puts a text in the place of a node or token.</summary>
    public void Replace(TextSpan span, string text)
    {
        if (_text.ToString(span) != text)
        {
            _edits.Add(new Edit(span, 0, text));
        }
    }

    /// <summary>Puts an expression into something else: x becomes f(x).</summary>
    public void Wrap(SyntaxNode node, string before, string after)
    {
        _edits.Add(new Edit(new TextSpan(node.SpanStart, 0), Opening - node.Span.Length, before));
        if (after.Length > 0)
        {
            _edits.Add(new Edit(new TextSpan(node.Span.End, 0), node.Span.Length - Opening, after));
        }
    }

    /// <summary>Removes a statement with its line.</summary>
    public void Remove(StatementSyntax statement)
    {
        var line = _text.Lines.GetLineFromPosition(statement.SpanStart);
        var last = _text.Lines.GetLineFromPosition(statement.Span.End);
        var isAlone = string.IsNullOrWhiteSpace(_text.ToString(TextSpan.FromBounds(line.Start, statement.SpanStart)))
            && string.IsNullOrWhiteSpace(_text.ToString(TextSpan.FromBounds(statement.Span.End, last.End)));
        _edits.Add(new Edit(
            isAlone ? TextSpan.FromBounds(line.Start, last.EndIncludingLineBreak) : TextSpan.FromBounds(statement.SpanStart, NextOnLine(statement, last)), 0, ""));
    }

    /// <summary>Moves a statement behind a later one of the same block.</summary>
    public void Move(StatementSyntax statement, StatementSyntax behind)
    {
        if (behind.Parent is BlockSyntax block && IsOneLine(block))
        {
            Insert(behind.Span.End, " " + statement);
        }
        else
        {
            var indentation = IndentationOf(statement);
            InsertAfter(behind, statement.ToString().Split('\n').Select(line => line.TrimEnd('\r'))
                .Select(line => line.StartsWith(indentation, StringComparison.Ordinal) ? line.Substring(indentation.Length) : line));
        }

        Remove(statement);
    }

    /// <summary>Adds an element, with its comma, before another one of the same list: on a line of its own if that has one.</summary>
    public void InsertElement(SyntaxNode before, string element)
    {
        var line = _text.Lines.GetLineFromPosition(before.SpanStart);
        var startsLine = string.IsNullOrWhiteSpace(_text.ToString(TextSpan.FromBounds(line.Start, before.SpanStart)));
        Insert(before.SpanStart, startsLine ? element + "," + NewLine + IndentationOf(before) : element + ", ");
    }

    /// <summary>Adds a line of code before a statement.</summary>
    public void InsertBefore(StatementSyntax statement, string line)
    {
        var start = _text.Lines.GetLineFromPosition(statement.SpanStart).Start;
        var startsLine = string.IsNullOrWhiteSpace(_text.ToString(TextSpan.FromBounds(start, statement.SpanStart)));
        Insert(statement.SpanStart, startsLine ? line + NewLine + IndentationOf(statement) : line + " ");
    }

    /// <summary>Adds lines of code behind a statement or a member.</summary>
    public void InsertAfter(SyntaxNode anchor, IEnumerable<string> lines)
    {
        if (anchor.Parent is BlockSyntax block && IsOneLine(block))
        {
            Expand(block, block.Statements.IndexOf((StatementSyntax)anchor), lines);
            return;
        }

        var indentation = IndentationOf(anchor);
        if (anchor.GetTrailingTrivia().Any(SyntaxKind.EndOfLineTrivia))
        {
            Insert(anchor.FullSpan.End, string.Concat(lines.Select(line => (line.Length == 0 ? "" : indentation + line) + NewLine)));
        }
        else
        {
            Insert(anchor.Span.End, string.Concat(lines.Select(line => NewLine + indentation + line)));
        }
    }

    /// <summary>Adds lines of code at the end of a block.</summary>
    public void Append(BlockSyntax block, IEnumerable<string> lines)
    {
        if (block.Statements.LastOrDefault() is { } last && !IsOneLine(block))
        {
            InsertAfter(last, lines);
        }
        else
        {
            Expand(block, block.Statements.Count - 1, lines);
        }
    }

    /// <summary>Adds lines of code at the end of a constructor; => x; becomes a block.</summary>
    public void Append(ConstructorDeclarationSyntax constructor, IEnumerable<string> lines)
    {
        if (constructor.Body is { } body)
        {
            Append(body, lines);
        }
        else if (constructor.ExpressionBody is { } arrow)
        {
            OpenBlock(arrow, constructor, "");
            CloseBlock(constructor.SemicolonToken, constructor, lines);
        }
    }

    /// <summary>
    /// Puts lines of code between the making of a value and its return, for which it gets a name: return x; or a member that
    /// is nothing but => x.
    /// </summary>
    /// <param name="value">The value as it stands in the source.</param>
    /// <param name="name">Name of the new variable.</param>
    /// <param name="lines">The lines.</param>
    /// <returns>False if the value is returned in no such way.</returns>
    public bool InsertBeforeReturnOf(SyntaxNode value, string name, IEnumerable<string> lines)
    {
        string[] all = [.. lines, $"return {name};"];
        switch (value.Parent)
        {
            case ReturnStatementSyntax { Parent: BlockSyntax } statement:
                Replace(TextSpan.FromBounds(statement.SpanStart, value.SpanStart), $"var {name} = ");
                InsertAfter(statement, all);
                return true;
            case ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax { ReturnType: not PredefinedTypeSyntax } method } arrow:
                OpenBlock(arrow, method, $"var {name} = ");
                CloseBlock(method.SemicolonToken, method, all);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The whitespace that a node's line begins with.</summary>
    public string IndentationOf(SyntaxNode node)
    {
        var line = _text.Lines.GetLineFromPosition(node.SpanStart).ToString();
        return line.Substring(0, line.Length - line.TrimStart().Length);
    }

    // => x becomes { x
    private void OpenBlock(ArrowExpressionClauseSyntax arrow, SyntaxNode member, string before)
    {
        var indentation = IndentationOf(member);
        var isOnFirstLine = !arrow.ArrowToken.TrailingTrivia.Any(SyntaxKind.EndOfLineTrivia)
            && !arrow.Expression.GetLeadingTrivia().Any(SyntaxKind.EndOfLineTrivia);
        Replace(
            TextSpan.FromBounds(arrow.ArrowToken.GetPreviousToken().Span.End, arrow.Expression.SpanStart),
            $"{NewLine}{indentation}{{{NewLine}{indentation}    {before}");
        if (isOnFirstLine)
        {
            Deepen(arrow.Expression);
        }
    }

    // x; becomes x; ... }
    private void CloseBlock(SyntaxToken semicolon, SyntaxNode member, IEnumerable<string> lines)
    {
        var indentation = IndentationOf(member);
        Insert(semicolon.Span.End, string.Concat(lines.Select(line => $"{NewLine}{indentation}    {line}")) + $"{NewLine}{indentation}}}");
    }

    private void Insert(int position, string text) => _edits.Add(new Edit(new TextSpan(position, 0), 0, text));

    private bool IsOneLine(BlockSyntax block) => _text.Lines.IndexOf(block.SpanStart) == _text.Lines.IndexOf(block.Span.End);

    // { a(); b(); } with more in it takes several lines.
    private void Expand(BlockSyntax block, int anchor, IEnumerable<string> lines)
    {
        var indentation = IndentationOf(block);
        var added = string.Concat(lines.Select(line => $"{NewLine}{indentation}    {line}"));
        if (block.Parent is not BlockSyntax)
        {
            Replace(TextSpan.FromBounds(block.OpenBraceToken.GetPreviousToken().Span.End, block.OpenBraceToken.SpanStart), NewLine + indentation);
        }

        var end = block.OpenBraceToken.Span.End;
        for (var i = 0; i < block.Statements.Count; i++)
        {
            Replace(TextSpan.FromBounds(end, block.Statements[i].SpanStart), (i == anchor + 1 ? added : "") + NewLine + indentation + "    ");
            end = block.Statements[i].Span.End;
        }

        Replace(TextSpan.FromBounds(end, block.CloseBraceToken.SpanStart), (anchor >= block.Statements.Count - 1 ? added : "") + NewLine + indentation);
    }

    // The lines of an expression that were laid out by its member stand one level deeper in a block.
    private void Deepen(SyntaxNode expression)
    {
        foreach (var token in expression.DescendantTokens())
        {
            if (token.GetPreviousToken().TrailingTrivia.Any(SyntaxKind.EndOfLineTrivia))
            {
                Insert(_text.Lines.GetLineFromPosition(token.SpanStart).Start, "    ");
            }
        }
    }

    private int NextOnLine(StatementSyntax statement, TextLine line)
    {
        var end = statement.Span.End;
        while (end < line.End && _text[end] == ' ')
        {
            end++;
        }

        return end;
    }

    private List<Edit>? Sorted()
    {
        var sorted = new List<Edit>();
        foreach (var edit in _edits.Distinct().OrderBy(edit => edit.Span.Start).ThenBy(edit => edit.Span.Length > 0).ThenBy(edit => edit.Rank))
        {
            if (sorted.Count > 0 && sorted[sorted.Count - 1] is { } last)
            {
                if (edit.Span.Start < last.Span.End)
                {
                    return null;
                }

                if (edit.Span.Length == 0 && last.Span == edit.Span)
                {
                    sorted[sorted.Count - 1] = last with { Text = last.Text + edit.Text };
                    continue;
                }
            }

            sorted.Add(edit);
        }

        return sorted;
    }
}
