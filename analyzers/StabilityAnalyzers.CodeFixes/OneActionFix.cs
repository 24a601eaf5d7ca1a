using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Editing;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>The base of a fix that offers one action for one rule: what is offered is what will be done.</summary>
/// <param name="id">The rule.</param>
/// <param name="title">Title of the action.</param>
public abstract class OneActionFix(string id, string title) : DocumentFixProvider
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(id);

    private protected sealed override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (ChangeFor(diagnostic, root, model, cancellation) is not null)
        {
            yield return (title, id + ":best");
        }
    }

    private protected sealed override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation) =>
        ChangeFor(diagnostic, editor.OriginalRoot, model, cancellation)?.Invoke(editor);

    /// <summary>The change that repairs a diagnostic; null if there is none.</summary>
    private protected abstract Action<SyntaxEditor>? ChangeFor(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation);
}
