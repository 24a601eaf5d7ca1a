using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.Rules.Initialization;

/// <summary>An initialiser is made for another activation than the one that follows.</summary>
internal static class STAB2001InitializerDoesNotFit
{
    /// <summary>The rule. A warning only where another initialiser would heal the model, else information.</summary>
    public static readonly DiagnosticDescriptor Rule = StabilityRule.Create(
        "STAB2001",
        "The initialiser does not fit the activation that follows",
        "{0} does not fit the {1} behind '{2}': it leaves x{3} of the gradient per layer, {4} leaves x{5}",
        RuleCategory.Initialization,
        DiagnosticSeverity.Warning,
        "An initialiser keeps signal and gradient at their size only for the activation whose gain it is given.");

    /// <summary>Property: the factor per layer on the gradient with the initialiser that is there.</summary>
    public const string FactorBefore = "factorBefore";

    /// <summary>Property: the factor per layer with the initialiser that fits.</summary>
    public const string FactorAfter = "factorAfter";

    // What a change that does nothing may seem to do to the logarithm of a depth factor.
    private const double Rounding = 0.1;

    // What the fitting initialiser must at least gain, in the logarithm of the factor.
    private const double LeastGain = 0.9;

    // Everything that is zero on one side, or nearly so: half of the second moment is lost.
    private static readonly ImmutableHashSet<string> s_rectifiers = ImmutableHashSet.Create(
        "relu", "relu6", "leaky_relu", "prelu", "rrelu", "gelu", "silu", "mish", "hardswish");

    private static readonly ImmutableHashSet<string> s_saturating = ImmutableHashSet.Create("tanh", "sigmoid", "hardsigmoid");

    /// <summary>The initialiser that a layer should have; null if the one it has fits, or is no choice between Xavier and He.</summary>
    /// <param name="weight">What it has.</param>
    /// <param name="activation">What follows.</param>
    public static FittingInitializer? Better(WeightInitializer weight, Activation activation)
    {
        // kaiming_uniform_(w, sqrt 5), scale 1/3, is the default written out.
        if (weight is not ScaledInitializer { Name: "Xavier" or "He" } scaled || Math.Abs(scaled.Scale - (1.0 / 3)) < 0.01)
        {
            return null;
        }

        var isXavier = scaled.Mode == FanMode.Average;
        var fits =
            s_rectifiers.Contains(activation.Name) ? scaled.Scale is >= 1.5 and <= 2.5
            : s_saturating.Contains(activation.Name) ? isXavier || scaled.Scale is < 1.5 or > 2.1
            : activation.Name == "selu" ? scaled.Scale is >= 0.7 and <= 1.4
            : true;
        return fits ? null : FittingInitializer.For(activation)[0];
    }

    /// <summary>The calls that do not fit any of the hidden layers that they initialise.</summary>
    /// <param name="subject">The model.</param>
    public static IEnumerable<GraphFinding> Find(GraphSubject subject)
    {
        var graph = subject.Graph;
        var followers = GradientRemedies.Followers(graph);
        bool[]? isInBranch = null;
        var layers = new List<(object Call, int Node, Activation Activation, FittingInitializer? Better)>();
        foreach (var pair in followers)
        {
            if (subject.WeightCall(pair.Key) is { } call && IsLink(graph, pair.Key, pair.Value))
            {
                isInBranch ??= ResidualSums.InBranches(graph);
                if (isInBranch[pair.Key])
                {
                    // The gradient passes by it, and how strong a branch should be is another question.
                    continue;
                }

                var activation = ((ActivationOperation)graph.Nodes[pair.Value].Operation).Activation;
                layers.Add((call, pair.Key, activation, Better(((WeightOperation)graph.Nodes[pair.Key].Operation).Weight, activation)));
            }
        }

        var misfits = layers.GroupBy(layer => layer.Call).Where(group => group.All(layer => layer.Better is not null)).ToList();
        if (misfits.Count == 0)
        {
            yield break;
        }

        var fitted = Fitted(subject, misfits.ToDictionary(group => group.Key, group => group.First().Better!.ToWeightInitializer()));
        if (!IsNearer(subject, fitted))
        {
            yield break;
        }

        var severity = IsSick(subject) && !IsSick(fitted) ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info;
        foreach (var group in misfits)
        {
            var (_, node, activation, better) = group.OrderBy(layer => layer.Node).First();
            var operation = (WeightOperation)graph.Nodes[node].Operation;
            var before = Factor(operation, operation.Weight, activation);
            var after = Factor(operation, better!.ToWeightInitializer(), activation);
            if (!(Distance(after) < LeastGain * Distance(before)))
            {
                continue;
            }

            yield return new GraphFinding(
                Rule,
                severity,
                node,
                [],
                ImmutableDictionary<string, string?>.Empty
                    .Add(FactorBefore, Figures.ForPrograms(before))
                    .Add(FactorAfter, Figures.ForPrograms(after))
                    .Add(GradientRule.Layer, graph.Nodes[node].Path),
                [
                    Describe((ScaledInitializer)operation.Weight),
                    activation.Name,
                    graph.Nodes[node].Path ?? operation.Kind,
                    Figures.ForPeople(before),
                    Describe((ScaledInitializer)better.ToWeightInitializer()),
                    Figures.ForPeople(after),
                ])
            { Subject = (Rule.Id, group.Key), IsAboutCall = true };
        }
    }

    /// <summary>An initialiser for people.</summary>
    public static string Describe(ScaledInitializer initializer)
    {
        var gain = Math.Sqrt(initializer.Scale);
        var usual = initializer.Name == "He" ? Math.Sqrt(2) : 1;
        return Math.Abs(gain - usual) < 0.01 ? initializer.Name
            : Math.Abs(gain - (5.0 / 3)) < 0.01 ? $"{initializer.Name} (gain 5/3)"
            : $"{initializer.Name} (gain {Figures.ForPeople(gain)})";
    }

    // A link of a chain: the activation alone leads to further layers. A gate multiplies, a branch adds, a head ends.
    private static bool IsLink(ModelGraph graph, int layer, int activation)
    {
        var links = false;
        var between = new HashSet<int> { layer };
        for (var id = layer + 1; id < activation; id++)
        {
            if (graph.Nodes[id].Inputs.Any(between.Contains))
            {
                between.Add(id);
                if (graph.Nodes[id].Operation is NormalizationOperation)
                {
                    // It sets the scale anew.
                    return false;
                }
            }
        }

        var reached = new HashSet<int> { activation };
        for (var id = activation + 1; id < graph.Nodes.Count; id++)
        {
            var node = graph.Nodes[id];
            if (!node.Inputs.Any(reached.Contains))
            {
                continue;
            }

            switch (node.Operation)
            {
                case WeightOperation:
                    links = true;
                    break;
                case ShapeOperation or DropoutOperation or PoolingOperation:
                    reached.Add(id);
                    break;
                default:
                    return false;
            }
        }

        return links;
    }

    private static double Factor(WeightOperation operation, WeightInitializer weight, Activation activation)
    {
        var fans = operation.WeightFans;
        return SignalPropagation.FactorPerLayer(
            activation, operation.EffectiveFanIn * (weight.Variance(fans) ?? 0), operation.Bias?.VarianceFor(fans) ?? 0);
    }

    // A call may initialise other layers besides, in branches or before gates.
    private static GraphSubject Fitted(GraphSubject subject, Dictionary<object, WeightInitializer> initializers)
    {
        var changes = new Dictionary<int, Operation>();
        foreach (var node in subject.Graph.Nodes)
        {
            if (node.Operation is WeightOperation weight && subject.WeightCall(node.Id) is { } call && initializers.TryGetValue(call, out var initializer))
            {
                changes[node.Id] = weight with { Weight = initializer };
            }
        }

        return subject.With(subject.Graph.Replace(changes));
    }

    // What holds for a deep stack need not hold for this model: in a short one, or one with other layers besides, the initialiser
    // that is there may do better. Where the whole is not understood, the stack decides.
    private static bool IsNearer(GraphSubject subject, GraphSubject fitted) =>
        subject.Prediction.Layers.FirstOrDefault()?.DepthFactor is not { } before
        || fitted.Prediction.Layers.FirstOrDefault()?.DepthFactor is not { } after
        || Distance(after) <= Distance(before) + Rounding;

    // Of a factor from 1.
    private static double Distance(double factor) => Math.Abs(Math.Log(factor));

    private static bool IsSick(GraphSubject subject) =>
        ShrinkingGradient.Judge(subject) is { IsVanishing: true } || GrowingGradient.Fails(subject);
}
