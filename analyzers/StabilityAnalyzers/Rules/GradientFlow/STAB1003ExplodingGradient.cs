using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The gradient or the signal is predicted to explode.</summary>
internal static class STAB1003ExplodingGradient
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1003",
        "The gradient or the signal is predicted to explode",
        "{0} is predicted to {1}{2}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Warning,
        "Beyond this the first steps throw the weights far away, and the loss becomes large, infinite or NaN.");

    /// <summary>The layer at which the gradient, or else the signal, is greatest, if it is of this grade.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject) => GrowingGradient.Find(Rule, subject, isExploding: true);
}
