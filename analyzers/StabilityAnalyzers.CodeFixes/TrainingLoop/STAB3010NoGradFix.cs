using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Puts <c>using var noGrad = torch.no_grad();</c> behind the <c>eval()</c> that STAB3010 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3010NoGradFix))]
[Shared]
public sealed class STAB3010NoGradFix : DocumentFixProvider
{
    private const string Name = "noGrad";
    private const string Key = STAB3010EvaluationRecordsGradients.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3010EvaluationRecordsGradients.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, root) is not null)
        {
            yield return ("Turn gradients off for the rest of the block: torch.no_grad()", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, editor.OriginalRoot) is not { } eval)
        {
            return;
        }

        var call = SyntaxFactory.InvocationExpression(TorchExpression.Of("torch.no_grad", model, eval.SpanStart));
        var declaration = SyntaxFactory.ParseStatement($"using var {Name} = value;");
        var value = declaration.DescendantNodes().OfType<EqualsValueClauseSyntax>().First().Value;
        editor.InsertAfter(eval, declaration.ReplaceNode(value, call).WithLeadingTrivia(Indentation(eval)).WithTrailingTrivia(EndOf(eval)));
    }

    // Not the comment behind the eval.
    private static SyntaxTriviaList EndOf(StatementSyntax statement) =>
        SyntaxFactory.TriviaList(statement.GetTrailingTrivia().Where(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)));

    private static SyntaxTriviaList Indentation(StatementSyntax statement) =>
        SyntaxFactory.TriviaList(statement.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)).Take(1));

    // Where the rest of the block evaluates and does nothing that needs gradients.
    private static StatementSyntax? Find(Diagnostic diagnostic, SyntaxNode root)
    {
        if (StatementMove.Movable(root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)) is not { Parent: BlockSyntax block } eval
            || root.SyntaxTree.Options is not CSharpParseOptions { LanguageVersion: >= LanguageVersion.CSharp8 }
            || block.Ancestors().FirstOrDefault(node => node is MemberDeclarationSyntax) is not { } member
            || member.DescendantTokens().Any(token => token.ValueText == Name))
        {
            return null;
        }

        var rest = block.Statements.Skip(block.Statements.IndexOf(eval) + 1).ToList();
        return rest.Any(statement => statement.DescendantNodesAndSelf().Any(node => node is CommonForEachStatementSyntax or ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax))
            && !rest.Any(statement => statement.DescendantTokens().Any(token => token.ValueText is "backward" or "step" or "train" or "Train"))
                ? eval
                : null;
    }
}
