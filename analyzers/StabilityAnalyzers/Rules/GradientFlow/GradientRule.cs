using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>What the rules about a gradient that shrinks or grows have in common.</summary>
internal static class GradientRule
{
    /// <summary>What findings about a gradient that shrinks are about.</summary>
    public const string Shrinks = "shrinks";

    /// <summary>What findings about a gradient or a signal that grows are about.</summary>
    public const string Grows = "grows";

    /// <summary>Property: RMS of the error signal at the layer divided by that at the last layer; missing if it is not known.</summary>
    public const string GradientRatio = "gradientRatio";

    /// <summary>Property: the same without widths, strides and pooling, which the rules judge.</summary>
    public const string DepthFactor = "depthFactor";

    /// <summary>Property: RMS of the layer's output; missing if it is not known.</summary>
    public const string Signal = "signal";

    /// <summary>Property: path of the layer.</summary>
    public const string Layer = "layer";

    /// <summary>Property: path of the layer that the ratio refers to.</summary>
    public const string LastLayer = "lastLayer";

    /// <summary>Property: paths of the layers that cause it, separated by commas.</summary>
    public const string Chain = "chain";

    /// <summary>Property: the optimizer by which the model is judged; missing if none is in sight, or any would do.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>Begin of the properties that hold, for each remedy, the depth factor of the layer after it.</summary>
    public const string After = "after.";

    /// <summary>A finding at a layer.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="subject">What was judged.</param>
    /// <param name="about"><see cref="Shrinks"/> or <see cref="Grows"/>.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="cause">What causes it; null if that is not known.</param>
    /// <param name="badness">How bad it is.</param>
    /// <param name="arguments">For the message.</param>
    public static GraphFinding Finding(
        DiagnosticDescriptor rule, GraphSubject subject, string about, LayerPrediction layer, GradientCause? cause, double badness, params string[] arguments)
    {
        var prediction = subject.Prediction;
        var properties = ImmutableDictionary<string, string?>.Empty.Add(Layer, layer.Path).Add(LastLayer, prediction.LastLayer?.Path);
        void Add(string key, double? value)
        {
            if (value is { } number)
            {
                properties = properties.SetItem(key, Figures.ForPrograms(number));
            }
        }

        Add(DepthFactor, layer.DepthFactor);
        Add(GradientRatio, layer.GradientRatio);
        Add(Signal, layer.SecondMoment is { } q ? Math.Sqrt(q) : null);
        var nodes = cause?.NodeIds ?? [];
        properties = properties.Add(Chain, string.Join(",", nodes.Select(node => prediction.Graph.Nodes[node].Path)));
        if (subject.Limits.DecisiveOptimizer is { } optimizer)
        {
            properties = properties.Add(Optimizer, optimizer.Name);
        }

        foreach (var remedy in GradientRemedies.Simple(subject.Graph))
        {
            Add(After + remedy.Kind, remedy.DepthFactorAfter(layer.NodeId));
        }

        return new GraphFinding(rule, rule.DefaultSeverity, layer.NodeId, nodes, properties, arguments) { Subject = about, Badness = badness };
    }

    /// <summary>A cause, for people: <c>12 sigmoid layers, x0.14 each</c>.</summary>
    public static string Describe(GradientCause cause)
    {
        var layers = cause.Count == 1 ? $"1 {cause.Activation} layer" : $"{cause.Count} {cause.Activation} layers";
        return $"{layers}, x{Figures.ForPeople(cause.FactorPerLayer)}{(cause.Count == 1 ? "" : " each")}";
    }
}
