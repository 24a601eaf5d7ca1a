using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Moves the clipping that STAB3002 reports to right before the step, or makes it clip the model that steps.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3002ClippingFix))]
[Shared]
public sealed class STAB3002ClippingFix : DocumentFixProvider
{
    private const string Key = STAB3002ClippingOutOfPlace.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB3002ClippingOutOfPlace.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, root) is not null)
        {
            yield return ("Clip right before the step", Key);
        }
        else if (ModelOf(diagnostic, root) is var (_, trained))
        {
            yield return ($"Clip the parameters that the step changes: {trained}.parameters()", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Find(diagnostic, editor.OriginalRoot) is var (clip, step))
        {
            editor.MoveBefore(clip, step);
        }
        else if (ModelOf(diagnostic, editor.OriginalRoot) is var (clipped, trained))
        {
            editor.ReplaceNode(clipped, SyntaxFactory.ParseExpression(trained).WithTriviaFrom(clipped));
        }
    }

    private static (StatementSyntax Clip, StatementSyntax Step)? Find(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.AdditionalLocations is [{ SourceTree: { } tree } location]
        && tree == diagnostic.Location.SourceTree
        && StatementMove.Movable(root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true)) is { } clip
        && StatementMove.Movable(root.FindNode(location.SourceSpan, getInnermostNodeForTie: true)) is { } step
        && StatementMove.AreSiblings(clip, step)
            ? (clip, step)
            : null;

    // The model in clip_grad_norm_(critic.parameters(), 1.0), and the one that it should be.
    private static (ExpressionSyntax Clipped, string Trained)? ModelOf(Diagnostic diagnostic, SyntaxNode root) =>
        diagnostic.Properties.TryGetValue(TrainingCallAnalyzer.ReceiverProperty, out var trained)
        && trained is not null
        && root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is InvocationExpressionSyntax call
        && call.DescendantNodes().OfType<MemberAccessExpressionSyntax>().Where(access => access.Name.Identifier.ValueText == "parameters").ToList()
            is [{ Expression: IdentifierNameSyntax clipped }]
            ? (clipped, trained)
            : null;
}
