using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>
/// The base of a fix that works on one document at a time. The same code fixes one diagnostic and all of them: one
/// editor for each document, all changes in it at once.
/// </summary>
public abstract class DocumentFixProvider : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() =>
        FixAllProvider.Create(async (context, document, diagnostics) =>
            await FixAsync(document, diagnostics, context.CodeActionEquivalenceKey, context.CancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root
            || await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false) is not { } model)
        {
            return;
        }

        foreach (var diagnostic in context.Diagnostics)
        {
            if (!root.FullSpan.Contains(diagnostic.Location.SourceSpan))
            {
                continue;
            }

            foreach (var (title, key) in Offers(diagnostic, root, model, context.CancellationToken))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(
                        title, token => FixAsync(context.Document, ImmutableArray.Create(diagnostic), key, token), key),
                    diagnostic);
            }
        }
    }

    /// <summary>What can be done about a diagnostic: nothing is offered that <see cref="Apply"/> could not do.</summary>
    /// <returns>The title, which says what changes, and the equivalence key; the first key of a rule is <c>ID:best</c>.</returns>
    private protected abstract IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation);

    /// <summary>Makes the change of one diagnostic; does nothing when it cannot be made.</summary>
    private protected abstract void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation);

    private async Task<Document> FixAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, string? key, CancellationToken cancellation)
    {
        var editor = await DocumentEditor.CreateAsync(document, cancellation).ConfigureAwait(false);
        foreach (var diagnostic in diagnostics)
        {
            Apply(diagnostic, key, editor, editor.SemanticModel, cancellation);
        }

        return editor.GetChangedDocument();
    }
}
