using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Extraction;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Where in the source a tensor goes into a layer or an activation.</summary>
internal static class SignalPlaces
{
    /// <summary>
    /// The expression that goes into an activation or layer which has a call of its own in some forward method: a(x),
    /// act.call(x), x.a(); null for a module inside a container.
    /// </summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="node">The node.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static ExpressionSyntax? InputOf(ModelSubject subject, ExtractedModel model, int node, CancellationToken cancellation)
    {
        if (model.Sites[node] is not { } site || site.Use is not InvocationExpressionSyntax call || !subject.Owns(call) || IsInContainer(model, node)
            || subject.Semantic.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method)
        {
            return null;
        }

        var isReceiver = site.Origin is null && call.Expression is MemberAccessExpressionSyntax && (!method.IsStatic || method.ReducedFrom is not null);
        return isReceiver ? ((MemberAccessExpressionSyntax)call.Expression).Expression : call.ArgumentList.Arguments.FirstOrDefault()?.Expression;
    }

    // The call that computes the node computes the one before or right behind it too, by another module: that of a container
    // does, and one in a loop over a list that holds both.
    private static bool IsInContainer(ExtractedModel model, int node)
    {
        var site = model.Sites[node]!;
        bool IsSibling(int other) => model.Sites[other] is { } sibling && sibling.Use == site.Use && sibling.Module != site.Module;
        return model.Graph.Nodes[node].Inputs.Any(IsSibling)
            || (node + 1 < model.Graph.Nodes.Count && model.Graph.Nodes[node + 1].Inputs.Contains(node) && IsSibling(node + 1));
    }

    /// <summary>The factory call that made the module at a node, in code of the model alone; null for a function.</summary>
    public static InvocationExpressionSyntax? CreationOf(ModelSubject subject, ExtractedModel model, int node) =>
        model.Sites[node]?.Origin?.Creation is InvocationExpressionSyntax creation && subject.Owns(creation) ? creation : null;

    /// <summary>The features or channels that a linear layer or a convolution makes, as they stand in its creation; null if they cannot be written twice.</summary>
    public static string? WidthOf(InvocationExpressionSyntax creation, SemanticModel semantic, CancellationToken cancellation) =>
        semantic.GetSymbolInfo(creation, cancellation).Symbol is not IMethodSymbol method ? null
            : method.Name == "Linear" ? ArgumentOf(creation, "outputSize", semantic, cancellation)
            : method.Name.StartsWith("Conv", StringComparison.Ordinal) ? ArgumentOf(creation, "out_channels", semantic, cancellation)
            : null;

    /// <summary>An argument of a factory call as it stands there; null if it is not given or cannot be written twice.</summary>
    /// <param name="creation">The call.</param>
    /// <param name="parameter">Name of the parameter.</param>
    /// <param name="semantic">The document's semantic model.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static string? ArgumentOf(InvocationExpressionSyntax creation, string parameter, SemanticModel semantic, CancellationToken cancellation)
    {
        if (semantic.GetSymbolInfo(creation, cancellation).Symbol is not IMethodSymbol method)
        {
            return null;
        }

        var arguments = creation.ArgumentList.Arguments;
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i].NameColon?.Name.Identifier.ValueText ?? (i < method.Parameters.Length ? method.Parameters[i].Name : "");
            if (name == parameter)
            {
                var isPure = arguments[i].Expression.DescendantNodesAndSelf().All(part =>
                    part is IdentifierNameSyntax or LiteralExpressionSyntax or MemberAccessExpressionSyntax or ThisExpressionSyntax
                        or BinaryExpressionSyntax or ParenthesizedExpressionSyntax or ElementAccessExpressionSyntax or BracketedArgumentListSyntax or ArgumentSyntax);
                return isPure ? arguments[i].Expression.ToString() : null;
            }
        }

        return null;
    }

    /// <summary>A factory call like another: nn.Linear(...) to nn.LayerNorm(...).</summary>
    /// <param name="creation">The other.</param>
    /// <param name="layer">Name of the factory.</param>
    /// <param name="arguments">The arguments, as text.</param>
    public static string Factory(InvocationExpressionSyntax creation, string layer, string arguments) =>
        (creation.Expression is MemberAccessExpressionSyntax access ? access.Expression + "." : "") + layer + "(" + arguments + ")";
}
