using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using StabilityAnalyzers.CodeFixes.Models;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>What a fix of a model does to a document.</summary>
/// <param name="Kind">What it is, for the equivalence key.</param>
/// <param name="Title">What changes, with the figures before and after.</param>
/// <param name="Edits">The changes.</param>
internal sealed record ModelFix(string Kind, string Title, SourceEdits Edits);

/// <summary>
/// The base of the fixes of models. The first fix of a diagnostic has the key <c>ID:best</c>, which is the same for all of
/// them, so that all diagnostics can be fixed at once with what is best for each; the others have <c>ID:kind</c>.
/// </summary>
public abstract class ModelFixProvider : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() =>
        FixAllProvider.Create(async (context, document, diagnostics) =>
            await FixAllAsync(document, diagnostics, context.CodeActionEquivalenceKey, context.CancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false) is not { } semantic)
        {
            return;
        }

        foreach (var diagnostic in context.Diagnostics)
        {
            var count = 0;
            foreach (var fix in Fixes(diagnostic, semantic, context.CancellationToken))
            {
                var key = diagnostic.Id + (count++ == 0 ? ":best" : ":" + fix.Kind);
                context.RegisterCodeFix(
                    CodeAction.Create(fix.Title, _ => Task.FromResult(Changed(context.Document, fix.Edits)), key), diagnostic);
            }
        }
    }

    /// <summary>What can be done about a diagnostic, best first. Each was tried and found to do what it says.</summary>
    private protected abstract IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation);

    private static Document Changed(Document document, SourceEdits edits) =>
        edits.Apply() is { } text ? document.WithText(text) : document;

    private async Task<Document> FixAllAsync(
        Document document, ImmutableArray<Diagnostic> diagnostics, string? key, CancellationToken cancellation)
    {
        if (await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false) is not { } semantic)
        {
            return document;
        }

        var all = new SourceEdits(semantic.SyntaxTree);
        foreach (var diagnostic in diagnostics.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start))
        {
            var isBest = key is null || key.EndsWith(":best", StringComparison.Ordinal);
            if (Fixes(diagnostic, semantic, cancellation).FirstOrDefault(fix => isBest || key == diagnostic.Id + ":" + fix.Kind) is { } fix)
            {
                // What does not go together with the rest is left for another time.
                all.TryAdd(fix.Edits);
            }
        }

        return Changed(document, all);
    }
}
