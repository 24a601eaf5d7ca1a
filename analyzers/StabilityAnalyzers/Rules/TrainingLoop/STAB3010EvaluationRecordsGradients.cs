using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3010: after <c>eval()</c> a loop evaluates the model, and nothing turns the recording of gradients off.</summary>
/// <remarks>
/// Only a loop that computes no gradient, and that is reached from the <c>eval()</c> without one. Anything before it that
/// turned the recording of gradients off, also in a caller, makes the rule silent, and so do frozen parameters.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3010EvaluationRecordsGradients : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3010";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "An evaluation records gradients",
        "The evaluation that begins here records a graph for gradients that nobody computes: no_grad() or inference_mode() saves its memory",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Info,
        "Evaluation mode does not turn gradients off: each forward pass keeps what backward would need. Within no_grad or inference_mode it does not.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.Eval;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation)
    {
        if (node.Subject is null
            || node.Operation is not { Syntax.SyntaxTree: var tree }
            || GradientSwitch.Freezes(tree.GetRoot(cancellation))
            || graph.Nearest(node, before: true, other => other.Kind is TrainingEventKind.GradientMode or TrainingEventKind.GradientModeEnd)
                .Any(other => other is { Kind: TrainingEventKind.GradientMode }))
        {
            return TrainingVerdict.Sound;
        }

        // The cycle of an evaluation contains nothing that trains, and nothing that ends no_grad either.
        bool Ends(TrainingNode other) => other == node || other.Kind is TrainingEventKind.Train or TrainingEventKind.Backward
            or TrainingEventKind.Step or TrainingEventKind.GradientMode or TrainingEventKind.GradientModeEnd or TrainingEventKind.Opaque;
        return graph.Reach(node, before: false, Ends).Any(other => other.Kind == TrainingEventKind.Forward
            && other.HasSubjectOf(node)
            && graph.Cycle(other, Ends).Contains(other))
                ? TrainingVerdict.Faulty
                : TrainingVerdict.Open;
    }
}
