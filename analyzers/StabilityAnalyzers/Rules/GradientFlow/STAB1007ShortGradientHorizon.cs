using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The gradient of a recurrent layer does not reach as far back as the sequence.</summary>
internal static class STAB1007ShortGradientHorizon
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1007",
        "The gradient of a recurrent layer fades within the sequence",
        "the gradient of '{0}' is predicted to fade to 5 % within {1} time steps (x{2} each), {3}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Info,
        "What happened longer ago than the gradient reaches has next to no influence on the weights, so that the layer does not learn to remember it.");

    /// <summary>Property: time steps until 5 % of the gradient are left.</summary>
    public const string Horizon = "horizon";

    /// <summary>Property: what one time step leaves of the gradient.</summary>
    public const string FactorPerStep = "factorPerStep";

    /// <summary>Property: time steps that the gradient should reach back.</summary>
    public const string Needed = "steps";

    /// <summary>The recurrent layers whose horizon is shorter than their sequence, or than the steps of the option.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject) =>
        Short(subject).Select(item => Finding(Rule, subject, item.Layer, item.Factor, item.Horizon, Comparison(item.Length)));

    /// <summary>What the horizon is compared with, for people.</summary>
    internal static string Comparison(long? length) => length is { } steps ? $"shorter than the sequence of {steps}" : "and most sequences are longer";

    /// <summary>The layers whose gradient fades too soon: with what a step leaves, the horizon, and the length of the sequence where it is known.</summary>
    /// <param name="subject">The model.</param>
    internal static IEnumerable<(LayerPrediction Layer, double Factor, double Horizon, long? Length)> Short(GraphSubject subject)
    {
        // A cell stands once for each step of a loop that was unrolled.
        foreach (var rough in subject.Prediction.Layers.GroupBy(layer => layer.Path).Select(group => group.First()))
        {
            var operation = subject.Graph.Nodes[rough.NodeId].Operation;
            var length = (operation as RecurrentOperation)?.SequenceLength;

            // The gates of an LSTM learn to stay open: without knowing how long its sequences are, nothing is said of it.
            if (length is null && !subject.Limits.Options.IsRecurrentStepsSet
                && operation is RecurrentOperation { Cell: RecurrentKind.Lstm } or GatedCellOperation { Cell: RecurrentKind.Lstm })
            {
                continue;
            }

            var least = NeededSteps(subject, length);
            if (!(rough.Recurrent?.Horizon < 1.5 * least))
            {
                continue;
            }

            var layer = subject.Whole.Layers.First(layer => layer.NodeId == rough.NodeId);
            if (layer.Recurrent is { FactorPerStep: { } factor, Horizon: { } horizon } && horizon < least)
            {
                yield return (layer, factor, horizon, length);
            }
        }
    }

    private static double NeededSteps(GraphSubject subject, long? length) => length is { } known ? known - 1 : subject.Limits.Options.RecurrentSteps;

    /// <summary>A finding at a recurrent layer; of several about the same layer one is reported.</summary>
    internal static GraphFinding Finding(
        DiagnosticDescriptor rule, GraphSubject subject, LayerPrediction layer, double factor, double horizon, params string[] more)
    {
        var finding = GradientRule.Finding(
            rule, subject, GradientRule.Shrinks, layer, null, 0,
            [layer.Path, Math.Max(1, Math.Ceiling(horizon)).ToString(CultureInfo.InvariantCulture), Figures.ForPeople(factor), .. more]);
        return finding with
        {
            Subject = ("recurrent", layer.Path),
            Properties = finding.Properties
                .SetItem(Horizon, Figures.ForPrograms(horizon))
                .SetItem(FactorPerStep, Figures.ForPrograms(factor))
                .SetItem(Needed, Figures.ForPrograms(NeededSteps(subject, (subject.Graph.Nodes[layer.NodeId].Operation as RecurrentOperation)?.SequenceLength))),
        };
    }
}
