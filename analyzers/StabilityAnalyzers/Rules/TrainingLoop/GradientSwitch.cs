using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>
/// Spots code that keeps parameters from being trained. By name, and too often rather than too seldom: it only ever
/// makes a rule silent.
/// </summary>
internal static class GradientSwitch
{
    /// <summary>True when the code sets <c>requires_grad</c> of something.</summary>
    public static bool Freezes(SyntaxNode code) => code.DescendantNodes().Any(node => node switch
    {
        // p.requires_grad = false
        AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "requires_grad" } } => true,
        // p.requires_grad_(false)
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "requires_grad_" } } => true,
        _ => false,
    });

    /// <summary>True when the code turns the recording of gradients off.</summary>
    public static bool IsOffIn(SyntaxNode code) => code.DescendantNodes().Any(node =>
        node is SimpleNameSyntax { Identifier.ValueText: "no_grad" or "inference_mode" or "set_grad_enabled" });
}
