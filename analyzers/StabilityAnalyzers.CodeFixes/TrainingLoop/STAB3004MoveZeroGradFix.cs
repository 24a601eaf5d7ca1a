using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Moves the <c>zero_grad</c> that STAB3004 reports to right behind the step that it spoils.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3004MoveZeroGradFix))]
[Shared]
public sealed class STAB3004MoveZeroGradFix : DocumentFixProvider
{
    private const string Key = STAB3004ZeroGradBeforeStep.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3004ZeroGradBeforeStep.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, root) is not null)
        {
            yield return ("Clear the gradients after the step", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, editor.OriginalRoot) is var (zero, step))
        {
            editor.MoveBehind(zero, step);
        }
    }

    // Both in the same list of statements, and in this document: otherwise the one would be moved to where it runs more
    // often, or less.
    private static (StatementSyntax Zero, StatementSyntax Step)? Find(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.AdditionalLocations is [{ SourceTree: { } tree } location]
        && tree == diagnostic.Location.SourceTree
        && StatementMove.Movable(root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)) is { } zero
        && StatementMove.Movable(root.FindNode(location.SourceSpan, getInnermostNodeForTie: true)) is { } step
        && StatementMove.AreSiblings(zero, step)
            ? (zero, step)
            : null;
}
