using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>An LSTM runs over a long sequence without a bias that keeps its forget gate open.</summary>
internal static class STAB2004MissingForgetBias
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB2004",
        "An LSTM starts without a bias that keeps its forget gate open",
        "the gradient of '{0}' is predicted to fade to 5 % within {1} time steps (x{2} each), {3}; with a forget-gate bias of 1 each step would leave x{4}, and {5} steps 5 %",
        RuleCategory.Initialization,
        DiagnosticSeverity.Info,
        "With biases around zero the forget gate of an LSTM starts half open and about halves the cell state and its gradient at every time step. A bias of 1 or more starts it open (Gers 2000, Jozefowicz 2015).");

    /// <summary>Property: time steps until 5 % of the gradient are left with a forget-gate bias of 1.</summary>
    public const string HorizonAfter = "horizonAfter";

    /// <summary>Property: what one time step leaves of the gradient with a forget-gate bias of 1.</summary>
    public const string FactorAfter = "factorAfter";

    /// <summary>The LSTMs whose gradient fades within the sequence, and would fade clearly later with a forget bias.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject)
    {
        foreach (var (layer, factor, horizon, length) in STAB1007ShortGradientHorizon.Short(subject))
        {
            var remedy = RecurrentRemedy.For(subject.Graph.Nodes[layer.NodeId].Operation, layer.Recurrent!)
                .FirstOrDefault(remedy => remedy.Kind == RecurrentRemedyKind.ForgetBias);
            if (remedy is { Flow: { FactorPerStep: { } after, Horizon: { } reach } })
            {
                var finding = STAB1007ShortGradientHorizon.Finding(
                    Rule, subject, layer, factor, horizon, STAB1007ShortGradientHorizon.Comparison(length), Figures.ForPeople(after), Figures.ForPeople(Math.Round(reach)));

                // It says more than STAB1007 of the same layer.
                yield return finding with
                {
                    Badness = 1,
                    Properties = finding.Properties.SetItem(FactorAfter, Figures.ForPrograms(after)).SetItem(HorizonAfter, Figures.ForPrograms(reach)),
                };
            }
        }
    }
}
