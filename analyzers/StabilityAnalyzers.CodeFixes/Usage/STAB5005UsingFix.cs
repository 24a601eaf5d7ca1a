using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Makes of the statement that STAB5005 reports a <c>using</c> declaration.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5005UsingFix))]
[Shared]
public sealed class STAB5005UsingFix : DocumentFixProvider
{
    private const string Key = STAB5005DroppedGradientSwitch.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5005DroppedGradientSwitch.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (StatementOf(diagnostic, root) is not null)
        {
            yield return ("Switch gradients off for the rest of this block only (using)", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        switch (StatementOf(diagnostic, editor.OriginalRoot))
        {
            case LocalDeclarationStatementSyntax declaration:
                editor.ReplaceNode(declaration, (node, _) => WithUsing((LocalDeclarationStatementSyntax)node));
                break;
            case ExpressionStatementSyntax statement:
                var call = CallOf(diagnostic, editor.OriginalRoot);
                var name = NameBinding.FreeName(editor.OriginalRoot, NameFor(call));
                var made = (LocalDeclarationStatementSyntax)SyntaxFactory.ParseStatement($"using var {name} = {call.WithoutTrivia()};");
                editor.ReplaceNode(statement, made.WithTriviaFrom(statement));
                break;
        }
    }

    private static LocalDeclarationStatementSyntax WithUsing(LocalDeclarationStatementSyntax declaration) => declaration
        .WithoutLeadingTrivia()
        .WithUsingKeyword(SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(SyntaxFactory.Space))
        .WithLeadingTrivia(declaration.GetLeadingTrivia());

    // When all are fixed at once, two of them may end up in one scope: each has a name of its own.
    private static string NameFor(SyntaxNode call)
    {
        var before = call.SyntaxTree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().Count(other =>
            other.SpanStart < call.SpanStart && other.ToString() == call.ToString()
            && STAB5005DroppedGradientSwitch.StatementOf(other) is ExpressionStatementSyntax);
        return (call.ToString().Contains("inference_mode") ? "inferenceMode" : "noGrad") + (before == 0 ? "" : $"{before + 1}");
    }

    private static SyntaxNode CallOf(Diagnostic diagnostic, SyntaxNode root) =>
        root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);

    // Null where a using declaration is not allowed, or would be over at once.
    private static StatementSyntax? StatementOf(Diagnostic diagnostic, SyntaxNode root)
    {
        var statement = STAB5005DroppedGradientSwitch.StatementOf(CallOf(diagnostic, root));
        var isFollowed = statement?.Parent switch
        {
            BlockSyntax block => block.Statements.Last() != statement,
            GlobalStatementSyntax global => global.Parent is CompilationUnitSyntax unit && unit.Members.OfType<GlobalStatementSyntax>().Last() != global,
            _ => false,
        };
        return isFollowed && root.SyntaxTree.Options is CSharpParseOptions { LanguageVersion: >= LanguageVersion.CSharp8 } ? statement : null;
    }
}
