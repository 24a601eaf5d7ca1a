using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Moves the <c>zero_grad</c> that STAB3004 reports to right behind the step that it spoils.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3004MoveZeroGradFix))]
[Shared]
public sealed class STAB3004MoveZeroGradFix() : OneActionFix(STAB3004ZeroGradBeforeStep.Id, "Clear the gradients after the step")
{
    // Otherwise it would be moved to where it runs more often, or less.
    private protected override Action<SyntaxEditor>? ChangeFor(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation) =>
        StatementMove.Siblings(diagnostic, root) is var (zero, step) ? editor => editor.MoveBehind(zero, step) : null;
}
