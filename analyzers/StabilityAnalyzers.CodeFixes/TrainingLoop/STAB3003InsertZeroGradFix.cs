using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Puts <c>optimizer.zero_grad();</c> before the backward that STAB3003 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3003InsertZeroGradFix))]
[Shared]
public sealed class STAB3003InsertZeroGradFix : DocumentFixProvider
{
    private const string Key = STAB3003MissingZeroGrad.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3003MissingZeroGrad.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (diagnostic.StatementOf(root) is not null && OptimizerOf(diagnostic) is { } optimizer)
        {
            yield return ($"Clear the gradients before backward: {optimizer}.zero_grad()", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (diagnostic.StatementOf(editor.OriginalRoot) is { } backward && OptimizerOf(diagnostic) is { } optimizer)
        {
            editor.InsertStatementBefore(backward, SyntaxFactory.ParseStatement(optimizer + ".zero_grad();"));
        }
    }

    private static string? OptimizerOf(Diagnostic diagnostic) =>
        diagnostic.Properties.TryGetValue(TrainingCallAnalyzer.ReceiverProperty, out var optimizer) ? optimizer : null;
}
