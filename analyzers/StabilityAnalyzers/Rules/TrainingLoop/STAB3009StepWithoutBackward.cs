using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3009: an optimizer steps a second time, and nothing has computed a gradient since the first.</summary>
/// <remarks>
/// Whatever may have given it a gradient on any path since its last step makes the rule silent, and so does a loop that
/// evaluates no model: it steps a schedule, as one does to plot it.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3009StepWithoutBackward : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3009";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "An optimizer steps without a backward since its last step",
        "No backward comes between this step and the last one of the same optimizer: it follows no gradient, or an old one once more",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "A step follows the gradient that the last backward has left. Without a backward in between there is none, so that nothing is learnt, or it is that of the last step, which is followed twice.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.Step;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation)
    {
        if (node.Subject is null || !code.IsPlainOptimizer(TrainingCalls.ReceiverOf(node.Operation), cancellation))
        {
            return TrainingVerdict.Sound;
        }

        var previous = Previous(graph, node);
        if (previous.Any(other => other is not null && !other.HasSubjectOf(node)))
        {
            return TrainingVerdict.Sound;
        }

        if (previous.All(other => other is null))
        {
            return TrainingVerdict.Open;
        }

        var cycle = graph.Cycle(node);
        return cycle.Count == 0 || cycle.Any(other => other.Kind == TrainingEventKind.Forward)
            ? TrainingVerdict.Faulty
            : TrainingVerdict.Sound;
    }

    // With the step before it, when that is the only one.
    private protected override Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var steps = code.PlacesOf(call, cancellation).SelectMany(place => Previous(place.Graph, place.Node))
            .Select(step => step?.Operation?.Syntax).Distinct().ToList();
        return Diagnostic.Create(
            s_rule, call.Syntax.GetLocation(), steps is [{ } step] ? [step.GetLocation()] : Enumerable.Empty<Location>());
    }

    private static HashSet<TrainingNode?> Previous(TrainingGraph graph, TrainingNode step) =>
        graph.Nearest(step, before: true, other => other.Kind switch
        {
            TrainingEventKind.Backward or TrainingEventKind.Gradient or TrainingEventKind.Opaque => true,
            TrainingEventKind.Step => other.Subject is null || other.HasSubjectOf(step),
            _ => false,
        });
}
