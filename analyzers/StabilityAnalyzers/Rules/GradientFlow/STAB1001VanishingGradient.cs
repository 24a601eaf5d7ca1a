using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The gradient is predicted to vanish on its way to a layer.</summary>
internal static class STAB1001VanishingGradient
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1001",
        "The gradient is predicted to vanish",
        "the gradient at '{0}' is predicted to be {1} of the gradient at '{2}'{3}: {4}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Warning,
        "With these layers, activations and initialisers almost nothing of the gradient reaches the first layers, so that they do not learn.");

    /// <summary>The property <see cref="GradientRule.Layer"/>.</summary>
    public const string Layer = GradientRule.Layer;

    /// <summary>The layer that the gradient reaches least, if it is below the limit of the optimizer.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject) => ShrinkingGradient.Find(Rule, subject, isVanishing: true);
}
