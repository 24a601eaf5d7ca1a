using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Rules.GradientFlow;

/// <summary>The judgement that STAB1003 and STAB1004 are two grades of.</summary>
internal static class GrowingGradient
{
    /// <summary>The layer at which the gradient, or else the signal, is greatest, if it is of the wanted grade.</summary>
    /// <param name="rule">The rule of the grade.</param>
    /// <param name="subject">The model.</param>
    /// <param name="isExploding">True for what is beyond the limit, false for what is below it and not healthy.</param>
    public static IEnumerable<GraphFinding> Find(DiagnosticDescriptor rule, GraphSubject subject, bool isExploding)
    {
        if (Judge(subject) is not { } judged || judged.IsExploding != isExploding || (isExploding && STAB1008UnscaledResidualStack.Applies(subject)))
        {
            yield break;
        }

        var (layer, isSignal, size, _) = judged;
        var cause = isSignal ? SignalCause(subject.Prediction, layer) : subject.Prediction.CauseOf(layer);
        var fails = isExploding && Fails(subject);
        var why = (fails && subject.Limits.Optimizer is { } optimizer ? $", too much for {optimizer.Name}" : "")
            + (cause is null ? "" : ": " + GradientRule.Describe(cause));
        var (what, grows) = Describe(subject, layer, isSignal, size);
        yield return GradientRule.Finding(rule, subject, GradientRule.Grows, layer, cause, Math.Log(size), what, grows, why) with
        {
            Severity = fails ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
        };
    }

    /// <summary>What grows and how far, for people.</summary>
    public static (string What, string Grows) Describe(GraphSubject subject, LayerPrediction layer, bool isSignal, double size) => isSignal
        ? ($"the output of '{layer.Path}'", $"have a root mean square of {Figures.ForPeople(size)}")
        : ($"the gradient at '{layer.Path}'", $"be {Figures.ForPeople(size)} times the gradient at '{subject.Prediction.LastLayer?.Path}'");

    /// <summary>True if the gradient or the signal explodes, and training fails of it with the optimizer in sight, or with every one.</summary>
    /// <param name="subject">The model.</param>
    public static bool Fails(GraphSubject subject)
    {
        if (Judge(subject) is not { IsExploding: true })
        {
            return false;
        }

        var prediction = subject.Prediction;
        var strongest = prediction.Strongest;
        var isChaotic = strongest is not null && prediction.CauseOf(strongest) is { Activation: "tanh" }
            && subject.Graph.Nodes.All(node => node.Operation
                is InputOperation or WeightOperation or ActivationOperation or ShapeOperation or DropoutOperation or PoolingOperation);
        return subject.Limits.FailsOfExplosion(
            strongest?.DepthFactor ?? 0, Math.Sqrt(prediction.Layers.Max(layer => layer.SecondMoment) ?? 0), isChaotic);
    }

    /// <summary>Where the gradient or the signal is greatest, if that is not healthy, and whether it is an explosion.</summary>
    /// <param name="subject">The model.</param>
    public static (LayerPrediction Layer, bool IsSignal, double Size, bool IsExploding)? Judge(GraphSubject subject)
    {
        var prediction = subject.Prediction;
        var gradient = prediction.LastLayer is null ? null : prediction.Strongest;
        var signal = prediction.Layers.Where(layer => layer.SecondMoment is not null).OrderByDescending(layer => layer.SecondMoment).FirstOrDefault();
        var found = gradient?.DepthFactor ?? 0;
        var output = Math.Sqrt(signal?.SecondMoment ?? 0);
        if (Math.Max(found, output) <= 1)
        {
            return null;
        }

        var limits = subject.Limits;
        foreach (var (limit, isExploding) in new[] { (limits.Exploding, true), (limits.Growing, false) })
        {
            if (gradient is not null && found > limit)
            {
                return (gradient, false, found, isExploding);
            }

            if (signal is not null && output > limit)
            {
                return (signal, true, output, isExploding);
            }
        }

        return null;
    }

    // The layers before it, each of which passes on more than it gets.
    private static GradientCause? SignalCause(Prediction prediction, LayerPrediction last)
    {
        var layers = new List<int>();
        double before = 1, logs = 0;
        foreach (var layer in prediction.Layers.TakeWhile(layer => layer.NodeId <= last.NodeId))
        {
            if (layer.SecondMoment is not > 0 and not null)
            {
                continue;
            }

            var now = Math.Sqrt(layer.SecondMoment ?? before * before);
            if (now > before)
            {
                layers.Add(layer.NodeId);
                logs += Math.Log(now / before);
            }

            before = now;
        }

        return layers.Count == 0 ? null : new GradientCause("growing", layers.Count, Math.Exp(logs / layers.Count), layers);
    }
}
