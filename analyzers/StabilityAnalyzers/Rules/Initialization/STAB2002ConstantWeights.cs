using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>The weights of a hidden layer are all the same.</summary>
internal static class STAB2002ConstantWeights
{
    /// <summary>The rule. A warning only where the units can never become different, else information.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB2002",
        "The weights of a hidden layer are initialised to a constant",
        "all weights of the hidden layer '{0}' are {1}, so that its {2} {3}{4}",
        RuleCategory.Initialization,
        DiagnosticSeverity.Warning,
        "Units with the same weights compute the same and, where the layer behind them does not tell them apart either, get the same gradient: they stay one unit for ever.");

    /// <summary>The calls that make the weights of a hidden layer constant.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject)
    {
        var graph = subject.Graph;
        var found = new List<(object Call, GraphFinding Finding)>();
        foreach (var node in graph.Nodes)
        {
            if (Constant(node) is { } value && subject.WeightCall(node.Id) is { } call && Units(node) is > 1 and var units && Follower(graph, node) is { } follower)
            {
                var stays = follower.IsDirect && HasConstantBias(node) && Constant(follower.Layer) is not null;
                var finding = new GraphFinding(
                    Rule,
                    stays ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
                    node.Id,
                    stays ? [follower.Layer.Id] : [],
                    ImmutableDictionary<string, string?>.Empty.Add(GradientRule.Layer, node.Path),
                    [
                        node.Path ?? node.Operation.Kind,
                        Figures.ForPeople(value),
                        subject.SizesAreKnown ? $"{units} units" : "units",
                        stays ? $"stay one and the same for ever: '{follower.Layer.Path}' does not tell them apart either"
                            : HasConstantBias(node) ? "start as one and the same"
                            : "start as one and the same but for their biases",
                        IsTruncatedNormal(node) ? " (trunc_normal_ of TorchSharp writes the same value everywhere)" : "",
                    ])
                { Subject = (Rule.Id, call), IsAboutCall = true };
                found.Add((call, finding));
            }
        }

        // A call in a loop sets many layers: the worst of them stands for all.
        return found.GroupBy(item => item.Call).Select(group => group.OrderByDescending(item => item.Finding.Severity).First().Finding);
    }

    private static double? Constant(GraphNode node) =>
        node.Operation is WeightOperation weight && weight.Weight.Variance(weight.WeightFans) is 0 ? weight.Weight.Mean : null;

    private static bool IsTruncatedNormal(GraphNode node) => node.Operation is WeightOperation { Weight.Name: "trunc_normal" };

    private static bool HasConstantBias(GraphNode node) =>
        node.Operation is WeightOperation { Bias: null or { FollowsFanIn: false, Variance: 0 } };

    // A convolution in groups gives each group its own input: its channels are different although their weights are not,
    // and with one weight everywhere it is a filter that blurs.
    private static long? Units(GraphNode node) => node.Operation switch
    {
        LinearOperation linear => linear.OutFeatures,
        ConvolutionOperation { Groups: 1, Transposed: false } convolution => convolution.OutChannels,
        _ => null,
    };

    // The layer that everything goes to, through nothing but what treats all units alike. A head has none; neither has a
    // gate, the end of a residual branch, or what goes into something that is not understood. Dropout tells units apart.
    private static (GraphNode Layer, bool IsDirect)? Follower(ModelGraph graph, GraphNode node)
    {
        var isDirect = true;
        for (var at = node; ;)
        {
            var consumers = graph.Nodes.Where(other => other.Inputs.Contains(at.Id)).Take(2).ToList();
            if (consumers.Count != 1 || graph.Outputs.Contains(at.Id))
            {
                return null;
            }

            at = consumers[0];
            switch (at.Operation)
            {
                case LinearOperation or ConvolutionOperation:
                    return (at, isDirect);
                case ActivationOperation { Activation.Name: not "rrelu" } or PoolingOperation or NormalizationOperation { Axes: NormalizationKind.Layer or NormalizationKind.Batch or NormalizationKind.Instance }:
                case ShapeOperation { Name: "flatten" or "Flatten" }:
                    break;
                case ActivationOperation or ShapeOperation or DropoutOperation or NormalizationOperation or ScaleOperation:
                    isDirect = false;
                    break;
                default:
                    return null;
            }
        }
    }
}
