using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The gradient or the signal is predicted to grow.</summary>
internal static class STAB1004GrowingGradient
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1004",
        "The gradient or the signal is predicted to grow",
        "{0} is predicted to {1}{2}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Info,
        "The first steps are much larger in some layers than in others, so that the learning rate must be smaller than the others need.");

    /// <summary>The layer at which the gradient, or else the signal, is greatest, if it is of this grade.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject) => GrowingGradient.Find(Rule, subject, isExploding: false);
}
