using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>Puts a ReLU between linear layers that follow each other, with He initialisation where the model is not healthy without.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1006ActivationBetweenFix))]
[Shared]
public sealed class STAB1006ActivationBetweenFix : ModelFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB1006");

    private protected override IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        if (ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject
            || !diagnostic.Properties.TryGetValue(GradientRule.Layer, out var first) || first is null
            || !diagnostic.Properties.TryGetValue(STAB1006LinearAfterLinear.Last, out var last) || last is null)
        {
            yield break;
        }

        var model = subject.Models[0];
        var chain = ChainOf(model.Graph, first, last);
        var he = FittingInitializer.For(Activations.ReLU)[0];
        var targets = chain.Select(link => new InitializerEdits.Target(link.Before, he, Activations.ReLU)).ToList();
        var forms = InitializerEdits.Forms(targets, targets.Count).Prepend((_, _, _) => true);
        var count = 0;
        foreach (var form in chain.Count == 0 ? [] : forms)
        {
            cancellation.ThrowIfCancellationRequested();
            var edits = new SourceEdits(semantic.SyntaxTree);
            if (chain.All(link => InsertionEdits.TryActivate(subject, model, link.After, edits, cancellation))
                && form(subject, model, edits)
                && HealthyAfter(subject, edits, first, last) is { } after)
            {
                var between = chain.Count == 1 ? $"between '{first}' and '{last}'" : $"behind each layer from '{first}' to '{last}'";
                yield return new ModelFix(
                    count == 0 ? "ReLU" : "ReluWithHe",
                    $"Put ReLU {between}{(count == 0 ? "" : ", with He initialisation")}{GradientFigure.Of(first, SignalPropagation.Predict(model.Graph), after)}",
                    edits);
                yield break;
            }

            count++;
        }
    }

    private static List<(int Before, int After)> ChainOf(ModelGraph graph, string first, string last)
    {
        var links = new List<(int, int)>();
        var at = graph.Nodes.FirstOrDefault(node => node.Path == first);
        while (at is not null && at.Path != last)
        {
            var next = graph.Nodes.Skip(at.Id + 1).FirstOrDefault(node => node.Inputs.Count == 1 && node.Inputs[0] == at.Id);
            if (next?.Operation is not LinearOperation)
            {
                return [];
            }

            links.Add((at.Id, next.Id));
            at = next;
        }

        return at is null ? [] : links;
    }

    private static Prediction? HealthyAfter(ModelSubject subject, SourceEdits edits, string first, string last)
    {
        Prediction? found = null;
        foreach (var model in subject.After(edits))
        {
            var prediction = SignalPropagation.Predict(model.Graph);
            if (!Remedy.IsCure(prediction) || ChainOf(model.Graph, first, last).Count > 0)
            {
                return null;
            }

            found ??= prediction;
        }

        return found;
    }
}
