using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace StabilityAnalyzers.Tests.MidEdit;

/// <summary>Turns a document into one that somebody is in the middle of editing; the same seed gives the same text.</summary>
internal static class Mutation
{
    /// <summary>The document with one to four small accidents.</summary>
    public static string Apply(string code, int seed)
    {
        var random = new Random(seed);
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            code = ApplyOne(code, random);
        }

        return code;
    }

    private static string ApplyOne(string code, Random random)
    {
        var tokens = CSharpSyntaxTree.ParseText(code).GetRoot().DescendantTokens().Where(token => token.Span.Length > 0).ToList();
        if (tokens.Count < 4)
        {
            return code;
        }

        var one = tokens[random.Next(tokens.Count)];
        var other = tokens[random.Next(tokens.Count)];
        var (first, second) = one.SpanStart <= other.SpanStart ? (one, other) : (other, one);
        return random.Next(8) switch
        {
            // A token is missing.
            0 or 1 => Replace(code, (one.Span, "")),
            // A token is there twice.
            2 => Replace(code, (one.Span, one.Text + " " + one.Text)),
            // Two tokens have changed places.
            3 => first == second ? code : Replace(code, (first.Span, second.Text), (second.Span, first.Text)),
            // The rest of the document is not there yet.
            4 => code[..one.SpanStart],
            // A name is only typed in part.
            5 => Replace(code, (one.Span, one.Text[..random.Next(one.Text.Length)])),
            // A line is gone.
            6 => Replace(code, (SourceText.From(code).Lines.GetLineFromPosition(one.SpanStart).SpanIncludingLineBreak, "")),
            // Another name stands here: of another kind, or of the thing itself.
            _ => one.IsKind(SyntaxKind.IdentifierToken) && other.IsKind(SyntaxKind.IdentifierToken)
                ? Replace(code, (one.Span, other.Text))
                : Replace(code, (one.Span, "null")),
        };
    }

    private static string Replace(string code, params TextChange[] changes) => SourceText.From(code).WithChanges(changes).ToString();

    private static string Replace(string code, params (TextSpan Span, string Text)[] changes) =>
        Replace(code, [.. changes.Select(change => new TextChange(change.Span, change.Text))]);
}
