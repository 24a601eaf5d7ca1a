using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Removes the second of two steps that follow the same gradient, which STAB3009 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3009RemoveStepFix))]
[Shared]
public sealed class STAB3009RemoveStepFix : DocumentFixProvider
{
    private const string Key = STAB3009StepWithoutBackward.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3009StepWithoutBackward.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, root) is not null)
        {
            yield return ("Remove the second step with the same gradient", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, editor.OriginalRoot) is { } step)
        {
            editor.RemoveStatement(step);
        }
    }

    // The first step is the statement before, or one further up in the same list: the second one always comes after it.
    private static StatementSyntax? Find(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.AdditionalLocations is [{ SourceTree: { } tree } location]
        && tree == diagnostic.Location.SourceTree
        && location.SourceSpan.Start < diagnostic.Location.SourceSpan.Start
        && StatementMove.Movable(root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)) is { } second
        && StatementMove.Movable(root.FindNode(location.SourceSpan, getInnermostNodeForTie: true)) is { } first
        && StatementMove.AreSiblings(first, second)
            ? second
            : null;
}
