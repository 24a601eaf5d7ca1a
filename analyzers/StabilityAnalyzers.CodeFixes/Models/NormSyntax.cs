using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Norms as factory calls.</summary>
internal static class NormSyntax
{
    /// <summary>The call that makes a norm for the output of a layer; null if the layer's width cannot be written twice.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="creation">The factory call of the layer.</param>
    /// <param name="semantic">The document's semantic model.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static string? Of(NormalizationOperation norm, InvocationExpressionSyntax creation, SemanticModel semantic, CancellationToken cancellation)
    {
        if (SignalPlaces.WidthOf(creation, semantic, cancellation) is not { } width)
        {
            return null;
        }

        // The weights of GroupNorm are not initialised in TorchSharp 0.107.
        return SignalPlaces.Factory(creation, norm.Name, norm.Axes == NormalizationKind.Group ? $"1, {width}, affine: false" : width);
    }
}
