using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Rules.Initialization;

namespace StabilityAnalyzers.CodeFixes.Initialization;

/// <summary>Puts the initialiser that fits the activation in the place of the one that STAB2001 reports.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB2001FittingInitializerFix))]
[Shared]
public sealed class STAB2001FittingInitializerFix : ModelFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("STAB2001");

    private protected override IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        if (ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject
            || Factor(diagnostic, STAB2001InitializerDoesNotFit.FactorBefore) is not { } before
            || Factor(diagnostic, STAB2001InitializerDoesNotFit.FactorAfter) is not { } after)
        {
            yield break;
        }

        foreach (var model in subject.Models)
        {
            foreach (var pair in GradientRemedies.Followers(model.Graph))
            {
                // The call itself, which stands in this document.
                if (model.Sites[pair.Key]?.WeightCall is not { } written || written.Node != written.Site
                    || written.Node.SyntaxTree != semantic.SyntaxTree || written.Node.Span != diagnostic.Location.SourceSpan)
                {
                    continue;
                }

                var activation = ((ActivationOperation)model.Graph.Nodes[pair.Value].Operation).Activation;
                if (STAB2001InitializerDoesNotFit.Better(((WeightOperation)model.Graph.Nodes[pair.Key].Operation).Weight, activation) is not { } better)
                {
                    continue;
                }

                var target = new InitializerEdits.Target(pair.Key, better, activation);
                var edits = new SourceEdits(semantic.SyntaxTree);
                if (InitializerEdits.Replacement(written.Node, target) is not { } replacement)
                {
                    continue;
                }

                edits.Replace(written.Node.Span, replacement);
                if (subject.After(edits) is { Count: > 0 } changed && changed.All(result => Fits(result, model.Graph.Nodes[pair.Key].Path)))
                {
                    yield return new ModelFix(
                        nameof(RemedyKind.FittingInitializer),
                        $"Initialise with {InitializerSyntax.Name(better)} for {activation.Name} (gradient per layer: x{Figures.ForPeople(before)} -> x{Figures.ForPeople(after)})",
                        edits);
                    yield break;
                }
            }
        }
    }

    private static bool Fits(Extraction.ExtractedModel model, string? path)
    {
        var followers = GradientRemedies.Followers(model.Graph);
        return model.Graph.Nodes.Any(node => node.Path == path && followers.TryGetValue(node.Id, out var activation)
            && node.Operation is WeightOperation { Weight: ScaledInitializer weight }
            && STAB2001InitializerDoesNotFit.Better(weight, ((ActivationOperation)model.Graph.Nodes[activation].Operation).Activation) is null);
    }

    private static double? Factor(Diagnostic diagnostic, string property) =>
        diagnostic.Properties.TryGetValue(property, out var text)
        && double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
