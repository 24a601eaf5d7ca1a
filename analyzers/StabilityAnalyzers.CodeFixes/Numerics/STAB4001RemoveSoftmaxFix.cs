using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Numerics;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>Takes out the softmax or log_softmax that the loss of STAB4001 computes itself.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB4001RemoveSoftmaxFix))]
[Shared]
public sealed class STAB4001RemoveSoftmaxFix : DocumentFixProvider
{
    private const string Best = ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(STAB4001SoftmaxIntoCrossEntropy.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (OutputRemoval.Of(diagnostic, root, model, cancellation) is { } removal)
        {
            var isSoftmax = diagnostic.Severity == DiagnosticSeverity.Warning;
            yield return (
                removal.IsInModel ? $"Remove {(isSoftmax ? "softmax" : "log_softmax")}: the model returns logits from then on"
                    : isSoftmax ? "Remove softmax: the loss computes it from the logits (its value changes)"
                    : "Remove log_softmax: the loss computes it (its value stays)",
                diagnostic.Id + Best);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation) =>
        OutputRemoval.Of(diagnostic, editor.OriginalRoot, model, cancellation)?.Apply(editor);
}
