using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The gradient is predicted to shrink on its way to a layer, but not so far that training fails.</summary>
internal static class STAB1002ShrinkingGradient
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1002",
        "The gradient is predicted to shrink",
        "the gradient at '{0}' is predicted to be {1} of the gradient at '{2}'{3}: {4}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Info,
        "The first layers get much less of the gradient than the last ones. An optimizer that rescales gradients makes up for it, plain SGD in part; training is slower than it need be.");

    /// <summary>The layer that the gradient reaches least, if it is between the limits.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject) => ShrinkingGradient.Find(Rule, subject, isVanishing: false);
}
