using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

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

    /// <summary>Property: RMS of the error signal at the layer divided by that at the last layer; missing if it is not known.</summary>
    public const string GradientRatio = "gradientRatio";

    /// <summary>Property: the same without widths, strides and pooling, which the rule judges.</summary>
    public const string DepthFactor = "depthFactor";

    /// <summary>Property: path of the layer.</summary>
    public const string Layer = "layer";

    /// <summary>Property: path of the layer that the ratio refers to.</summary>
    public const string LastLayer = "lastLayer";

    /// <summary>The layer that the gradient reaches least, if it is below the limit.</summary>
    /// <param name="prediction">The model.</param>
    /// <param name="threshold">The limit of the depth factor for an activation.</param>
    public static GraphFinding? Find(Prediction prediction, Func<string, double> threshold)
    {
        if (prediction.Weakest is not { DepthFactor: { } depth } layer || prediction.LastLayer is not { } last
            || prediction.CauseOf(layer) is not { } cause || !(depth < threshold(cause.Activation)))
        {
            return null;
        }

        var properties = ImmutableDictionary<string, string?>.Empty
            .Add(DepthFactor, Figures.ForPrograms(depth))
            .Add(Layer, layer.Path)
            .Add(LastLayer, last.Path);
        if (layer.GradientRatio is { } ratio)
        {
            properties = properties.Add(GradientRatio, Figures.ForPrograms(ratio));
        }

        var layers = cause.Count == 1 ? $"1 {cause.Activation} layer" : $"{cause.Count} {cause.Activation} layers";
        var each = cause.Count == 1 ? "" : " each";
        return new GraphFinding(
            Rule,
            Rule.DefaultSeverity,
            layer.NodeId,
            cause.NodeIds,
            properties,
            [
                layer.Path,
                Figures.ForPeople(layer.GradientRatio ?? depth),
                last.Path,
                layer.GradientRatio is null ? ", strides and pooling aside" : "",
                $"{layers}, x{Figures.ForPeople(cause.FactorPerLayer)}{each}",
            ]);
    }
}
