using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Puts <c>model.train();</c> before the training that goes on after the <c>eval()</c> that STAB3008 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3008InsertTrainFix))]
[Shared]
public sealed class STAB3008InsertTrainFix : DocumentFixProvider
{
    private const string Key = STAB3008EvaluationModeStays.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3008EvaluationModeStays.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, root, model) is var (_, trained))
        {
            yield return ($"Go back to training mode before the training: {trained}.train()", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, editor.OriginalRoot, model) is var (training, trained))
        {
            editor.InsertStatementBefore(training, SyntaxFactory.ParseStatement(trained + ".train();"));
        }
    }

    // In the innermost list of statements that holds the eval() and the backward: the statement with the latter.
    private static (StatementSyntax Training, string Model)? Find(Diagnostic diagnostic, SyntaxNode root, SemanticModel model)
    {
        if (!diagnostic.Properties.TryGetValue(TrainingCallAnalyzer.ReceiverProperty, out var trained)
            || trained is null
            || diagnostic.AdditionalLocations.Count == 0
            || diagnostic.AdditionalLocations.Any(location => location.SourceTree != diagnostic.Location.SourceTree))
        {
            return null;
        }

        var eval = diagnostic.Location.SourceSpan;
        StatementSyntax? training = null;
        foreach (var location in diagnostic.AdditionalLocations)
        {
            var around = root.FindNode(location.SourceSpan).AncestorsAndSelf().OfType<StatementSyntax>()
                .FirstOrDefault(statement => StatementMove.ListOf(statement) is { } list && list.Span.Contains(eval));
            if (around is null || around.Span.Contains(eval) || (training is not null && training != around))
            {
                return null;
            }

            training = around;
        }

        var name = trained.Split('.').Last();
        return training is not null && model.LookupSymbols(training.SpanStart, name: name).Any(symbol =>
            symbol is not ILocalSymbol || symbol.DeclaringSyntaxReferences.All(reference => reference.Span.End <= training.SpanStart))
            ? (training, trained)
            : null;
    }
}
