using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>Linear layers follow each other with nothing between.</summary>
internal static class STAB1006LinearAfterLinear
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB1006",
        "Linear layers follow each other with nothing between",
        "'{0}' and '{1}' follow each other with nothing between: they compute no more than one linear layer from {2} to {3}",
        RuleCategory.GradientFlow,
        DiagnosticSeverity.Info,
        "The product of two matrices is a matrix: without an activation between them the layers cost time and gradient and can express nothing more.");

    /// <summary>Property: path of the last layer of the chain.</summary>
    public const string Last = "last";

    /// <summary>Chains of linear layers, each reported at its first layer.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject)
    {
        var graph = subject.Graph;
        var next = new Dictionary<int, int>();
        var uses = graph.Nodes.Where(node => node.Path is not null).GroupBy(node => node.Path).ToDictionary(group => group.Key!, group => group.Count());
        foreach (var node in subject.SizesAreKnown ? graph.Nodes : [])
        {
            if (node is { Operation: LinearOperation after, Inputs: [var input] }
                && graph.Nodes[input].Operation is LinearOperation before
                && before.OutFeatures == after.InFeatures

                // A narrow layer between two wide ones is a factorisation, which saves weights: LoRA, bottlenecks.
                && before.OutFeatures >= Math.Min(before.InFeatures, after.OutFeatures)
                && IsUsedOnce(graph.Nodes[input]) && IsUsedOnce(node)
                && !graph.Outputs.Contains(input)
                && graph.Nodes.Count(other => other.Inputs.Contains(input)) == 1)
            {
                next[input] = node.Id;
            }
        }

        foreach (var first in next.Keys.Except(next.Values).OrderBy(id => id).ToList())
        {
            var chain = new List<int> { first };
            while (next.TryGetValue(chain[chain.Count - 1], out var following))
            {
                chain.Add(following);
            }

            var last = graph.Nodes[chain[chain.Count - 1]];
            yield return new GraphFinding(
                Rule,
                Rule.DefaultSeverity,
                first,
                chain,
                ImmutableDictionary<string, string?>.Empty.Add(GradientRule.Layer, graph.Nodes[first].Path).Add(Last, last.Path),
                [
                    graph.Nodes[first].Path ?? "",
                    last.Path ?? "",
                    ((LinearOperation)graph.Nodes[first].Operation).InFeatures.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ((LinearOperation)last.Operation).OutFeatures.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ])
            { Subject = (Rule.Id, graph.Nodes[first].Path) };
        }

        // A layer that is used again elsewhere is not only a link of this chain.
        bool IsUsedOnce(GraphNode node) => node.Path is not null && uses[node.Path] == 1;
    }
}
