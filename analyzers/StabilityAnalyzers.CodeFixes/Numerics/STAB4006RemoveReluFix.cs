using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Numerics;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>
/// Takes out the ReLU that STAB4006 reports before a loss. What a softmax over one element was meant to be, it cannot know.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB4006RemoveReluFix))]
[Shared]
public sealed class STAB4006RemoveReluFix : DocumentFixProvider
{
    private const string Key = STAB4006OutputThatCannotLearn.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB4006OutputThatCannotLearn.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (OutputRemoval.Of(diagnostic, root, model, cancellation) is { } removal)
        {
            yield return (
                removal.IsInModel
                    ? "Remove ReLU: the model returns negative numbers too from then on"
                    : "Remove ReLU: the loss gets negative numbers too (its value changes)",
                Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation) =>
        OutputRemoval.Of(diagnostic, editor.OriginalRoot, model, cancellation)?.Apply(editor);
}
