using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The judgement that STAB1001 and STAB1002 are two grades of.</summary>
internal static class ShrinkingGradient
{
    /// <summary>The layer that the gradient reaches least, if it is of the wanted grade.</summary>
    /// <param name="rule">The rule of the grade.</param>
    /// <param name="subject">The model.</param>
    /// <param name="isVanishing">True for what is below the limit of the optimizer, false for what is above it and not healthy.</param>
    public static IEnumerable<GraphFinding> Find(DiagnosticDescriptor rule, GraphSubject subject, bool isVanishing)
    {
        if (Judge(subject) is not { } judged || judged.IsVanishing != isVanishing)
        {
            yield break;
        }

        var (layer, cause, _) = judged;
        var depth = layer.DepthFactor ?? 1;

        // The ratio that a recorder measures is what people can check; unless geometry makes it say something else.
        var (figure, aside) = layer.GradientRatio is { } ratio && ratio < subject.Limits.Shrinking
            ? (ratio, "")
            : (depth, ", widths, strides and pooling aside");
        var optimizer = isVanishing && subject.Limits.Optimizer is { } visible ? $", too little for {visible.Name}" : "";
        yield return GradientRule.Finding(
            rule, subject, GradientRule.Shrinks, layer, cause, -Math.Log(depth),
            layer.Path, Figures.ForPeople(figure), subject.Prediction.LastLayer?.Path ?? "", aside + optimizer, GradientRule.Describe(cause));
    }

    /// <summary>The layer that the gradient reaches least, if it is not healthy there, and whether training fails of it.</summary>
    /// <param name="subject">The model.</param>
    public static (LayerPrediction Layer, GradientCause Cause, bool IsVanishing)? Judge(GraphSubject subject)
    {
        var prediction = subject.Prediction;
        if (prediction.Weakest is not { DepthFactor: < 1 and var depth } layer || prediction.LastLayer is null
            || prediction.CauseOf(layer) is not { } cause)
        {
            return null;
        }

        var isVanishing = subject.Limits.FailsOfVanishing(depth, cause.Activation);
        return isVanishing || depth < subject.Limits.Shrinking ? (layer, cause, isVanishing) : null;
    }
}
