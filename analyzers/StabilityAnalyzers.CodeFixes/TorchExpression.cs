using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>Writes the name of a function of TorchSharp.</summary>
internal static class TorchExpression
{
    /// <summary>The function, written as everybody writes it where that binds, otherwise as short as the usings allow.</summary>
    /// <param name="name">As everybody writes it: <c>torch.nn.utils.clip_grad_norm_</c>.</param>
    /// <param name="model">The semantic model.</param>
    /// <param name="position">Where it is to be written.</param>
    public static ExpressionSyntax Of(string name, SemanticModel model, int position)
    {
        var usual = SyntaxFactory.ParseExpression(name);
        var bound = model.GetSpeculativeSymbolInfo(position, usual, SpeculativeBindingOption.BindAsExpression);
        var isOurs = bound.Symbol ?? bound.CandidateSymbols.FirstOrDefault();
        return isOurs?.ContainingType?.ToDisplayString() == "TorchSharp." + name.Substring(0, name.LastIndexOf('.'))
            ? usual
            : SyntaxFactory.ParseExpression("global::TorchSharp." + name).WithAdditionalAnnotations(Simplifier.Annotation);
    }
}
