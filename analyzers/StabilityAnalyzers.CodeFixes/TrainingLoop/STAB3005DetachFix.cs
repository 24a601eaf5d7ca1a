using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Adds <c>loss.detach()</c>, which has the same value and no graph, in place of the loss that STAB3005 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3005DetachFix))]
[Shared]
public sealed class STAB3005DetachFix : DocumentFixProvider
{
    private const string Key = STAB3005LossKeepsGraph.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3005LossKeepsGraph.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (LossOf(diagnostic, root) is { } loss)
        {
            yield return ($"Add the value without its graph: {loss}.detach()", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (LossOf(diagnostic, editor.OriginalRoot) is { } loss)
        {
            editor.ReplaceNode(loss, (node, _) => SyntaxFactory.ParseExpression($"{loss.Identifier}.detach()").WithTriviaFrom(node));
        }
    }

    private static IdentifierNameSyntax? LossOf(Diagnostic diagnostic, SyntaxNode root) =>
        root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) as IdentifierNameSyntax;
}
