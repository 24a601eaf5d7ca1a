using Microsoft.CodeAnalysis;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.GradientFlow;

/// <summary>The base of the fixes of rules that judge the gradient flow of a whole model.</summary>
public abstract class RemedyFix : ModelFixProvider
{
    private protected sealed override IEnumerable<ModelFix> Fixes(Diagnostic diagnostic, SemanticModel semantic, CancellationToken cancellation)
    {
        if (ModelSubject.Find(semantic, diagnostic.Location, cancellation) is not { } subject)
        {
            yield break;
        }

        diagnostic.Properties.TryGetValue(GradientRule.Layer, out var path);
        foreach (var solution in new RemedyPlan(subject, cancellation).Solutions())
        {
            yield return new ModelFix(solution.Remedy.Kind.ToString(), Words(solution) + GradientFigure.Of(path, solution.Before, solution.After), solution.Edits);
        }
    }

    private static string Words(RemedyPlan.Solution solution)
    {
        var kind = solution.Remedy.Kind;
        var initializers = string.Join(" and ", solution.Targets.Select(target => InitializerSyntax.Name(target.Initializer)).Distinct());
        var scale = RemedyPlan.ScaleOf(solution.Remedy.Change);
        var structure = kind switch
        {
            RemedyKind.LayerNorm or RemedyKind.LayerNormWithInitializer or RemedyKind.BatchNorm or RemedyKind.GroupNorm =>
                $"Put {string.Join(" and ", solution.Remedy.Change.Norms.Values.Select(norm => norm.Name).Distinct().OrderBy(name => name == "LayerNorm"))} before the activations",
            RemedyKind.ScaledResidual or RemedyKind.ScaledResidualWithInitializer => $"Scale the residual branches by 1/sqrt({scale})",
            RemedyKind.Residual or RemedyKind.ResidualWithInitializer or RemedyKind.ResidualWithRelu =>
                "Add residual connections" + (scale > 1 ? $" scaled by 1/sqrt({scale})" : ""),
            RemedyKind.SeluWithXavier => Replace("SELU with Xavier"),
            RemedyKind.GeluWithHe => Replace("GELU with He"),
            RemedyKind.ReluWithHe => Replace("ReLU with He"),
            RemedyKind.TanhWithXavier => Replace("tanh with Xavier"),
            _ => $"Initialise with {initializers}",
        };
        return kind switch
        {
            RemedyKind.ResidualWithRelu => $"{structure}, and replace {Cause(solution)} by ReLU with He initialisation",
            _ when solution.Remedy.IsCombined && initializers.Length > 0 => $"{structure}, and initialise with {initializers}",
            _ => structure,
        };

        string Replace(string by) => $"Replace {Cause(solution)} by {by} initialisation";
    }

    private static string Cause(RemedyPlan.Solution solution)
    {
        var names = solution.Remedy.Change.Activations.Keys
            .Select(node => (solution.Before.Graph.Nodes[node].Operation as ActivationOperation)?.Activation.Name).Distinct().ToArray();
        return names is [{ } name] ? name : "the activations";
    }
}
