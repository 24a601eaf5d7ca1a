using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.CodeFixes.TrainingLoop;

/// <summary>Removes the second of two steps that follow the same gradient, which STAB3009 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB3009RemoveStepFix))]
[Shared]
public sealed class STAB3009RemoveStepFix() : OneActionFix(STAB3009StepWithoutBackward.Id, "Remove the second step with the same gradient")
{
    // The first step is the statement before, or one further up in the same list: the second one always comes after it.
    private protected override Action<SyntaxEditor>? ChangeFor(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation) =>
        StatementMove.Siblings(diagnostic, root) is var (second, first) && first.SpanStart < second.SpanStart
            ? editor => editor.RemoveStatement(second)
            : null;
}
