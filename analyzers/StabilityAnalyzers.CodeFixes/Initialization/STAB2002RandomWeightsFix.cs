using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Initialization;

/// <summary>
/// Puts the initialiser that fits the activation in the place of the one that makes all weights the same, or removes it, so
/// that the weights keep TorchSharp's random default.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB2002RandomWeightsFix))]
[Shared]
public sealed class STAB2002RandomWeightsFix : ModelFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB2002");

    private protected override IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        if (ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject)
        {
            yield break;
        }

        var model = subject.Models[0];
        var layers = Enumerable.Range(0, model.Sites.Count)
            .Where(node => model.Sites[node]?.WeightCall is { } written && written.Node == written.Site
                && written.Node.SyntaxTree == semantic.SyntaxTree && written.Node.Span == diagnostic.Location.SourceSpan)
            .ToList();
        if (layers.Count == 0 || model.Sites[layers[0]]?.WeightCall?.Node is not { } call || !subject.Owns(call))
        {
            yield break;
        }

        var followers = GradientRemedies.Followers(model.Graph);
        var first = layers.Cast<int?>().FirstOrDefault(node => followers.ContainsKey(node!.Value)) ?? layers[0];
        var before = SignalPropagation.Predict(model.Graph);
        if (followers.TryGetValue(first, out var follower))
        {
            var activation = ((ActivationOperation)model.Graph.Nodes[follower].Operation).Activation;
            foreach (var initializer in FittingInitializer.For(activation))
            {
                var edits = new SourceEdits(semantic.SyntaxTree);
                edits.Replace(call.Span, InitializerEdits.Replacement(call, new InitializerEdits.Target(first, initializer, activation)) ?? call.ToString());
                if (!edits.IsEmpty && After(subject, edits, layers.Count) is { } after && Remedy.IsCure(after))
                {
                    yield return new ModelFix(
                        nameof(RemedyKind.FittingInitializer),
                        $"Initialise with {InitializerSyntax.Name(initializer)} for {activation.Name}{GradientFigure.Of(model.Graph.Nodes[first].Path, before, after)}",
                        edits);
                    break;
                }
            }
        }

        // A statement of its own among others, or of the constructor.
        if (call.Parent is ExpressionStatementSyntax { Parent: BlockSyntax block } statement
            && (block.Statements.Count > 1 || block.Parent is BaseMethodDeclarationSyntax))
        {
            var edits = new SourceEdits(semantic.SyntaxTree);
            edits.Remove(statement);
            if (After(subject, edits, layers.Count) is { } after)
            {
                yield return new ModelFix(
                    "Default",
                    $"Keep the random default{GradientFigure.Of(model.Graph.Nodes[first].Path, before, after)}",
                    edits);
            }
        }
    }

    // No layer is constant that was not so before; all those that were are not.
    private static Prediction? After(ModelSubject subject, SourceEdits edits, int layers)
    {
        var models = subject.After(edits);
        var constant = subject.Models.Sum(Constants) - (layers * subject.Models.Count);
        return models.Count == subject.Models.Count && models.Sum(Constants) <= constant ? SignalPropagation.Predict(models[0].Graph) : null;
    }

    private static int Constants(ExtractedModel model) => model.Graph.Nodes.Count(node =>
        node.Operation is WeightOperation weight && weight.Weight.Variance(weight.WeightFans) is 0);
}
