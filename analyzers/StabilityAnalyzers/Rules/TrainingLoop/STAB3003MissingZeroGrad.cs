using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3003: a loop computes gradients and steps, and nothing in all of it clears them.</summary>
/// <remarks>
/// Where in the loop they are cleared is left to the user: before the forward pass, after the step, once for several
/// batches, on the model, in a helper. Only when the whole of the outermost loop does it nowhere is there a report.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3003MissingZeroGrad : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3003";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "A training loop never clears its gradients",
        "Nothing in this loop calls zero_grad: each backward adds its gradient to those of all iterations before, and the step follows their sum",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "Backward adds to the gradients that are there already. Without zero_grad in the loop every step follows the sum of all gradients since the training began.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.Backward;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation)
    {
        // Of several backward calls the first one after a step is reported.
        if (!graph.Nearest(node, before: true, IsBackwardOrStep).Any(previous => previous is { Kind: TrainingEventKind.Step }))
        {
            return TrainingVerdict.Open;
        }

        var cycle = CycleOf(graph, node, code);
        var steps = cycle.Where(other => other.Kind == TrainingEventKind.Step).ToList();
        if (steps.Count == 0)
        {
            return TrainingVerdict.Open;
        }

        var isCleared = cycle.Any(other => other.Kind is TrainingEventKind.ZeroGrad or TrainingEventKind.Gradient or TrainingEventKind.Opaque)
            || !steps.All(step => code.IsPlainOptimizer(TrainingCalls.ReceiverOf(step.Operation), cancellation));
        return isCleared ? TrainingVerdict.Sound : TrainingVerdict.Faulty;
    }

    // The optimizer to clear: the only one that steps in the loop, where all that comes before is its step.
    private protected override Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var receivers = code.PlacesOf(call, cancellation).Select(place => ToClear(place.Graph, place.Node, call, code, cancellation)).Distinct().ToList();
        return Diagnostic.Create(
            s_rule,
            call.Syntax.GetLocation(),
            ImmutableDictionary<string, string?>.Empty.Add(ReceiverProperty, receivers is [var only] ? only : null));
    }

    private static string? ToClear(
        TrainingGraph graph, TrainingNode node, IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var steps = CycleOf(graph, node, code).Where(other => other.Kind == TrainingEventKind.Step).ToList();
        return steps.Count > 0
            && steps.All(step => step.HasSubjectOf(steps[0]))
            && graph.Nearest(node, before: true, IsBackwardOrStep).All(previous => previous is null or { Kind: TrainingEventKind.Step })
                ? NameInScope.Of(TrainingCalls.ReceiverOf(steps[0].Operation), call, code, cancellation)
                : null;
    }

    // Whoever makes a new optimizer in an outer loop starts anew there.
    private static HashSet<TrainingNode> CycleOf(TrainingGraph graph, TrainingNode node, TrainingCode code) => graph.Cycle(
        node, other => other.Kind == TrainingEventKind.Create && code.Symbols.IsOptimizer(other.Operation?.Type));

    private static bool IsBackwardOrStep(TrainingNode node) => node.Kind is TrainingEventKind.Backward or TrainingEventKind.Step;
}
