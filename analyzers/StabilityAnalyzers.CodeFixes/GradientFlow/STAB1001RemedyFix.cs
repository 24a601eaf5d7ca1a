using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>
/// Gives the layers initialisers that fit their activations, or puts ReLU with He initialisation in their place. Every
/// offer was tried: the changed source compiles, and the model in it is predicted to be healthy.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB1001RemedyFix))]
[Shared]
public sealed class STAB1001RemedyFix : DocumentFixProvider
{
    private const string Id = "STAB1001";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        var offers = 0;
        foreach (var (kind, title, _) in Plans(diagnostic, model, cancellation))
        {
            yield return (title, offers++ == 0 ? Id + ":best" : Id + ":" + kind);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        foreach (var (kind, _, edits) in Plans(diagnostic, model, cancellation))
        {
            if (key is null or Id + ":best" || key == Id + ":" + kind)
            {
                edits.Apply(editor);
                return;
            }
        }
    }

    private static IEnumerable<(RemedyKind Kind, string Title, SourceEdits Edits)> Plans(
        Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        if (ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject)
        {
            yield break;
        }

        foreach (var kind in new[] { RemedyKind.FittingInitializer, RemedyKind.ReluWithHe })
        {
            if (Plan(subject, diagnostic, kind, cancellation) is (var title, { } edits))
            {
                yield return (kind, title, edits);
            }
        }
    }

    private static (string Title, SourceEdits Edits)? Plan(ModelSubject subject, Diagnostic diagnostic, RemedyKind kind, CancellationToken cancellation)
    {
        // The class may be made in several ways: the edits of one must do for all, which the trial shows.
        var model = subject.Models[0];
        var remedy = GradientRemedies.Healing(model.Graph).FirstOrDefault(candidate => candidate.Kind == kind);
        if (remedy is null)
        {
            return null;
        }

        var followers = GradientRemedies.Followers(remedy.Graph);
        var targets = remedy.Initializers
            .Where(pair => followers.ContainsKey(pair.Key))
            .Select(pair => new InitializerEdits.Target(
                pair.Key, pair.Value, ((ActivationOperation)remedy.Graph.Nodes[followers[pair.Key]].Operation).Activation))
            .ToList();
        var layers = targets.Select(target => model.Graph.Nodes[target.Node].Path).Distinct().Count();
        foreach (var form in InitializerEdits.Forms(targets, layers))
        {
            cancellation.ThrowIfCancellationRequested();
            var edits = new SourceEdits();
            if (!form(subject, model, edits)
                || (remedy.Activations.Count > 0 && !ActivationEdits.TryReplace(subject, model, remedy.Activations, edits, cancellation))
                || edits.IsEmpty)
            {
                continue;
            }

            var changed = edits.Apply(subject.Semantic.SyntaxTree.GetRoot(cancellation));
            var after = subject.After(changed).Select(result => SignalPropagation.Predict(result.Graph)).ToList();
            if (after.Count > 0 && after.All(prediction => prediction.IsHealthy()))
            {
                return (Title(kind, diagnostic, model, targets, after[0]), edits);
            }
        }

        return null;
    }

    // The figure of the message, before and after.
    private static string Title(
        RemedyKind kind, Diagnostic diagnostic, Extraction.ExtractedModel model, IReadOnlyList<InitializerEdits.Target> targets, Prediction after)
    {
        diagnostic.Properties.TryGetValue(STAB1001VanishingGradient.Layer, out var path);
        var before = SignalPropagation.Predict(model.Graph).Layers.FirstOrDefault(layer => layer.Path == path);
        var now = after.Layers.FirstOrDefault(layer => layer.Path == path);
        var useRatio = before?.GradientRatio is not null && now?.GradientRatio is not null;
        var from = useRatio ? before?.GradientRatio : before?.DepthFactor;
        var to = useRatio ? now?.GradientRatio : now?.DepthFactor;
        var figures = from is { } a && to is { } b ? $" (gradient at '{path}': {Figures.ForPeople(a)} -> {Figures.ForPeople(b)})" : "";
        var cause = before is null ? null : SignalPropagation.Predict(model.Graph).CauseOf(before)?.Activation;
        var initializers = string.Join(" and ", targets.Select(target => InitializerSyntax.Name(target.Initializer)).Distinct());
        return kind == RemedyKind.ReluWithHe
            ? $"Replace {cause ?? "the activations"} by ReLU with He initialisation{figures}"
            : $"Initialise with {initializers}{figures}";
    }
}
