using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3002: gradients are clipped before <c>backward</c>, after <c>step</c>, or are not those that the step uses.</summary>
/// <remarks>
/// A place is wrong only in a loop of one optimizer that clears its gradients in it; a call whose result is used is taken
/// to measure the norm, and left alone.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3002ClippingOutOfPlace : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3002";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "Gradients are clipped where it has no effect",
        "Clipping has no effect here: {0}",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "Clipping bounds a step only between backward and step, and only for the parameters that this step changes. Anywhere else it changes gradients that are cleared before they are used.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.Clip;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation) =>
        node.Operation is { Parent: IExpressionStatementOperation }
        && (IsMisplaced(graph, node) || StepOfOthers(graph, node, code, cancellation) is not null)
            ? TrainingVerdict.Faulty
            : TrainingVerdict.Sound;

    private protected override Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var places = code.PlacesOf(call, cancellation).ToList();
        var others = places.Select(place => StepOfOthers(place.Graph, place.Node, code, cancellation)).FirstOrDefault(step => step is not null);
        var isLate = places.All(place => place.Graph.Nearest(place.Node, before: false, IsGradient)
            .All(next => next is not { Kind: TrainingEventKind.Backward }));
        var steps = places.SelectMany(place => place.Graph.Cycle(place.Node))
            .Where(node => node.Kind == TrainingEventKind.Step).Select(node => node.Operation?.Syntax).Distinct().ToList();
        var receiver = others is { Operation: IInvocationOperation step }
            && new TrainedModels(code.Symbols, code.Origins, cancellation).Of(TrainingCalls.ReceiverOf(step)) is [var model]
                ? NameInScope.Of(model.Instance, call, code, cancellation)
                : null;
        return Diagnostic.Create(
            s_rule,
            call.Syntax.GetLocation(),
            others is null && steps is [{ } only] ? [only.GetLocation()] : Enumerable.Empty<Location>(),
            ImmutableDictionary<string, string?>.Empty.Add(ReceiverProperty, receiver),
            others is not null ? "the step that follows changes other parameters"
                : isLate ? "the step has used the gradients already, and they are cleared before the next one"
                : "backward has yet to compute the gradients that the step uses");
    }

    private static bool IsMisplaced(TrainingGraph graph, TrainingNode clip)
    {
        var before = graph.Nearest(clip, before: true, IsGradient);
        var after = graph.Nearest(clip, before: false, IsGradient);
        var cycle = graph.Cycle(clip);
        var steps = cycle.Where(node => node.Kind == TrainingEventKind.Step).ToList();
        return before.Any(node => node is not null)
            && before.All(node => node is null or { Kind: TrainingEventKind.Step or TrainingEventKind.ZeroGrad })
            && after.Any(node => node is not null)
            && after.All(node => node is null or { Kind: TrainingEventKind.Backward or TrainingEventKind.ZeroGrad })
            && cycle.Any(node => node.Kind == TrainingEventKind.ZeroGrad)
            && cycle.All(node => node.Kind is not (TrainingEventKind.Gradient or TrainingEventKind.Opaque))
            && steps.Count > 0
            && steps.All(step => step.HasSubjectOf(steps[0]));
    }

    // backward, clip, step: the step, when it is known to change none of the parameters that are clipped.
    private static TrainingNode? StepOfOthers(TrainingGraph graph, TrainingNode clip, TrainingCode code, CancellationToken cancellation)
    {
        if (!graph.Nearest(clip, before: true, IsGradient).All(node => node is { Kind: TrainingEventKind.Backward }))
        {
            return null;
        }

        // All steps until the gradients change again.
        static bool Ends(TrainingNode node) => IsGradient(node) && node.Kind != TrainingEventKind.Step;
        if (graph.Nearest(clip, before: false, Ends).Any(node => node is { Kind: TrainingEventKind.Gradient or TrainingEventKind.Opaque }))
        {
            return null;
        }

        var steps = graph.Reach(clip, before: false, Ends).Where(node => node.Kind == TrainingEventKind.Step).ToList();
        var models = new TrainedModels(code.Symbols, code.Origins, cancellation);
        return steps.All(step => models.Of(TrainingCalls.ReceiverOf(step.Operation)) is { IsDefaultOrEmpty: false } trained
            && !models.Concerns(clip.Operation!, trained))
                ? steps.FirstOrDefault()
                : null;
    }

    private static bool IsGradient(TrainingNode node) => node.Kind is TrainingEventKind.Backward or TrainingEventKind.Step
        or TrainingEventKind.ZeroGrad or TrainingEventKind.Gradient or TrainingEventKind.Opaque;
}
