using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>STAB3004: the gradient is cleared after <c>backward</c>, and then the optimizer steps.</summary>
/// <remarks>
/// On every path a backward comes right before, and the step of the same optimizer right behind: another backward in
/// between, or a gradient that somebody reads or sets, makes the rule silent.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class STAB3004ZeroGradBeforeStep : TrainingCallAnalyzer
{
    /// <summary>The rule's ID.</summary>
    public const string Id = "STAB3004";

    private static readonly DiagnosticDescriptor s_rule = StabilityRule.Create(
        Id,
        "The gradients are cleared between backward and step",
        "zero_grad clears the gradient that backward has computed before the step uses it: nothing is learnt",
        RuleCategory.TrainingLoop,
        DiagnosticSeverity.Warning,
        "The step uses what backward has left in the gradients. When zero_grad comes in between there is nothing left, and the weights do not learn.");

    private protected override DiagnosticDescriptor Rule => s_rule;

    private protected override TrainingEventKind Kind => TrainingEventKind.ZeroGrad;

    private protected override TrainingVerdict Judge(
        TrainingGraph graph, TrainingNode node, TrainingCode code, CancellationToken cancellation)
    {
        if (node.Subject is null
            || !graph.Nearest(node, before: true, other => IsGradient(other) || other.Kind == TrainingEventKind.Step)
                .All(previous => previous is { Kind: TrainingEventKind.Backward }))
        {
            return TrainingVerdict.Sound;
        }

        var next = Following(graph, node, code, cancellation);
        return next.Count > 0 && next.All(other => other is { Kind: TrainingEventKind.Step, Subject: not null } && IsOnlyWayTo(other))
            ? TrainingVerdict.Faulty
            : TrainingVerdict.Sound;

        // if (isNaN) optimizer.zero_grad();
        bool IsOnlyWayTo(TrainingNode step) =>
            graph.Nearest(step, before: true, other => other.Kind == TrainingEventKind.ZeroGrad || IsGradient(other))
                .All(previous => previous is { Kind: TrainingEventKind.ZeroGrad });
    }

    // With the step, when there is one only.
    private protected override Diagnostic Describe(IInvocationOperation call, TrainingCode code, CancellationToken cancellation)
    {
        var steps = code.PlacesOf(call, cancellation)
            .SelectMany(place => Following(place.Graph, place.Node, code, cancellation))
            .Select(step => step?.Operation?.Syntax)
            .Distinct().ToList();
        return Diagnostic.Create(
            s_rule, call.Syntax.GetLocation(), steps is [{ } step] ? [step.GetLocation()] : Enumerable.Empty<Location>());
    }

    // A step of another optimizer is passed over, one of an unknown one is not.
    private static HashSet<TrainingNode?> Following(
        TrainingGraph graph, TrainingNode zero, TrainingCode code, CancellationToken cancellation) =>
        graph.Nearest(zero, before: false, other => IsGradient(other)
            || (other.Kind == TrainingEventKind.Step && (other.Subject is null || Clears(zero, other, code, cancellation))));

    // optimizer.zero_grad(), or model.zero_grad() where the optimizer has nothing but the parameters of this model.
    private static bool Clears(TrainingNode zero, TrainingNode step, TrainingCode code, CancellationToken cancellation) =>
        zero.HasSubjectOf(step)
        || (code.ModelsOf(TrainingCalls.ReceiverOf(step.Operation), cancellation) is { IsDefaultOrEmpty: false } models
            && models.All(model => SymbolEqualityComparer.Default.Equals(model, zero.Subject)));

    private static bool IsGradient(TrainingNode node) =>
        node.Kind is TrainingEventKind.Backward or TrainingEventKind.Gradient or TrainingEventKind.Opaque;
}
