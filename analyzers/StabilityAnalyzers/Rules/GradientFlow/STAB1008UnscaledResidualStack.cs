using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The sums of a residual stack grow, because nothing scales or normalises them.</summary>
internal static class STAB1008UnscaledResidualStack
{
    /// <summary>The rule. A warning only where training fails of it with the optimizer in sight, else information.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1008",
        "A residual stack grows without scale or normalisation",
        "{0} is predicted to {1} after {2} residual connections without scale or normalisation{3}: with branches times 1/sqrt({2}) it would be {4}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Warning,
        "Each connection x + f(x) adds the second moment of its branch to the signal and to the gradient. Branches times 1/sqrt(L) keep both bounded for every number L of connections.");

    /// <summary>Property: number of residual connections.</summary>
    public const string Connections = "connections";

    /// <summary>The stack, if it grows beyond the limit, and would not without its branches.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject)
    {
        var sums = ResidualSums.Find(subject.Graph);
        if (sums.Count < 2 || GrowingGradient.Judge(subject) is not { IsExploding: true } judged
            || subject.Graph.Nodes.Any(node => node.Operation is NormalizationOperation)
            || GrowingGradient.Judge(Scaled(subject, sums, 0)) is { IsExploding: true })
        {
            yield break;
        }

        var (layer, isSignal, size, _) = judged;
        if (Scaled(subject, sums, 1 / Math.Sqrt(sums.Count)).Whole.Layers.FirstOrDefault(other => other.NodeId == layer.NodeId) is not { } healed
            || (isSignal ? Math.Sqrt(healed.SecondMoment ?? double.NaN) : healed.DepthFactor) is not { } after || double.IsNaN(after))
        {
            yield break;
        }

        var fails = GrowingGradient.Fails(subject);
        var (what, grows) = GrowingGradient.Describe(subject, layer, isSignal, size);
        var finding = GradientRule.Finding(
            Rule, subject, GradientRule.Grows, layer, subject.Prediction.CauseOf(layer), double.MaxValue,
            what, grows, sums.Count.ToString(CultureInfo.InvariantCulture),
            fails && subject.Limits.Optimizer is { } optimizer ? $", too much for {optimizer.Name}" : "", Figures.ForPeople(after));
        yield return finding with
        {
            Severity = fails ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
            Badness = Math.Log(size),
            Properties = finding.Properties.SetItem(Connections, sums.Count.ToString(CultureInfo.InvariantCulture)),
        };
    }

    /// <summary>True if the model grows by its residual connections, so that the more general rule has nothing to add.</summary>
    /// <param name="subject">The model.</param>
    internal static bool Applies(GraphSubject subject) => Find(subject).Any();

    private static GraphSubject Scaled(GraphSubject subject, IReadOnlyDictionary<int, int> sums, double scale) =>
        subject.With(subject.Graph.Replace(sums.ToDictionary(
            sum => sum.Key,
            sum => (Operation)new AddOperation(sum.Value == 0 ? new EquatableList<double>(scale, 1) : new EquatableList<double>(1, scale)))));
}
