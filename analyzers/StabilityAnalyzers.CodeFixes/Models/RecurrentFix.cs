using System.Globalization;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>The base of the fixes that let the gradient of a recurrent layer reach further back in time.</summary>
public abstract class RecurrentFix : ModelFixProvider
{
    // Beyond it the horizon is longer than sequences are, and its figure means nothing.
    private const double Furthest = 100;

    private protected sealed override IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        if (!diagnostic.Properties.TryGetValue(GradientRule.Layer, out var path) || path is null
            || ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject
            || subject.Models[0] is not { } model
            || LayerOf(model.Graph, path) is not { Recurrent: { } flow } layer)
        {
            yield break;
        }

        // STAB1007 is silent only where the gradient reaches as far as it must; STAB2004 is once the bias is set.
        var least = diagnostic.Id == STAB1007ShortGradientHorizon.Rule.Id
            && diagnostic.Properties.TryGetValue(STAB1007ShortGradientHorizon.Needed, out var steps)
            && double.TryParse(steps, NumberStyles.Float, CultureInfo.InvariantCulture, out var needed)
                ? needed
                : flow.Horizon;
        foreach (var remedy in RecurrentRemedy.For(model.Graph.Nodes[layer.NodeId].Operation, flow))
        {
            var edits = new SourceEdits(semantic.SyntaxTree);
            if (RecurrentEdits.TryWrite(subject, model, layer.NodeId, remedy.Kind, edits, cancellation)
                && subject.After(edits) is { Count: > 0 } after
                && after.All(changed => LayerOf(changed.Graph, path)?.Recurrent?.Horizon >= least)
                && LayerOf(after[0].Graph, path)?.Recurrent is { } now)
            {
                yield return new ModelFix(remedy.Kind.ToString(), $"{Words(remedy.Kind, path)} (horizon of '{path}': {Steps(flow)} -> {Steps(now)} time steps)", edits);
            }
        }
    }

    private static LayerPrediction? LayerOf(ModelGraph graph, string path) =>
        SignalPropagation.Predict(graph).Layers.FirstOrDefault(layer => layer.Path == path);

    private static string Words(RecurrentRemedyKind kind, string path) => kind switch
    {
        RecurrentRemedyKind.ForgetBias => $"Start '{path}' with a forget-gate bias of 1",
        RecurrentRemedyKind.Identity => $"Initialise the recurrent weight of '{path}' with the identity",
        _ => $"Initialise the recurrent weight of '{path}' with an orthogonal matrix",
    };

    private static string Steps(RecurrentFlow flow) =>
        flow.Horizon > Furthest ? "over " + Furthest.ToString(CultureInfo.InvariantCulture) : Figures.ForPeople(flow.Horizon ?? 0);
}
