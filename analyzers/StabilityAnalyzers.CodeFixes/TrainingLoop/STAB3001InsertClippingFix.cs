using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Puts <c>torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);</c> before the step that STAB3001 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3001InsertClippingFix))]
[Shared]
public sealed class STAB3001InsertClippingFix : DocumentFixProvider
{
    private const string Key = STAB3001RecurrentLoopWithoutClipping.Id + ":best";
    private const string Clip = "torch.nn.utils.clip_grad_norm_";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(STAB3001RecurrentLoopWithoutClipping.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (diagnostic.StatementOf(root) is not null && ParametersOf(diagnostic) is { } parameters)
        {
            yield return ($"Clip the gradient norm to 1.0 before step: clip_grad_norm_({parameters}, 1.0)", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (diagnostic.StatementOf(editor.OriginalRoot) is not { } step || ParametersOf(diagnostic) is not { } parameters)
        {
            return;
        }

        editor.InsertStatementBefore(step, SyntaxFactory.ExpressionStatement(SyntaxFactory.InvocationExpression(
            TorchExpression.Of(Clip, model, step.SpanStart),
            SyntaxFactory.ParseArgumentList($"({parameters}, 1.0)"))));
    }

    private static string? ParametersOf(Diagnostic diagnostic) =>
        diagnostic.Properties.TryGetValue(STAB3001RecurrentLoopWithoutClipping.ReceiverProperty, out var receiver) && receiver is not null
            ? (receiver.Length == 0 ? "parameters()" : receiver + ".parameters()")
            : null;
}
