using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.CodeFixes.Models;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Gives the dropout that STAB5006 reports the mode of the module: <c>training: training</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5006FollowTrainingFix))]
[Shared]
public sealed class STAB5006FollowTrainingFix() : OneActionFix(STAB5006DropoutInEvaluation.Id, "Drop only while the module trains: training: training")
{
    private protected override Action<SyntaxEditor>? ChangeFor(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not InvocationExpressionSyntax call
            || model.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method
            || model.GetSpeculativeSymbolInfo(call.SpanStart, SyntaxFactory.IdentifierName("training"), SpeculativeBindingOption.BindAsExpression).Symbol
                is not IPropertySymbol { ContainingType.Name: "Module" })
        {
            return null;
        }

        if (method.ContainingType.Name == "functional")
        {
            return editor => editor.ReplaceNode(call, (current, _) => ((InvocationExpressionSyntax)current).AddArgumentListArguments(Training()));
        }

        // Dropout(0.5).call(x) is functional.dropout(x, 0.5, training: training)
        if (FunctionOf(method.Name) is not { } function
            || call.Parent is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "call" or "forward", Parent: InvocationExpressionSyntax use }
            || use.ArgumentList.Arguments is not [{ NameColon: null }])
        {
            return null;
        }

        var name = new NameBinding(model, call.SpanStart).Functional + "." + function;
        return editor => editor.ReplaceNode(use, (current, _) => AsFunction(name, (InvocationExpressionSyntax)current));
    }

    private static InvocationExpressionSyntax AsFunction(string name, InvocationExpressionSyntax use)
    {
        var made = (InvocationExpressionSyntax)((MemberAccessExpressionSyntax)use.Expression).Expression;
        var arguments = made.ArgumentList.Arguments
            .Select((argument, i) => i == 1 && argument.NameColon is null ? argument.WithNameColon(Named("inplace")) : argument)
            .Select(argument => argument.WithLeadingTrivia(SyntaxFactory.Space))
            .Append(Training());
        return SyntaxFactory.InvocationExpression(SyntaxFactory.ParseExpression(name), use.ArgumentList.AddArguments([.. arguments])).WithTriviaFrom(use);
    }

    private static ArgumentSyntax Training() =>
        SyntaxFactory.Argument(Named("training"), default, SyntaxFactory.IdentifierName("training")).WithLeadingTrivia(SyntaxFactory.Space);

    private static NameColonSyntax Named(string name) => SyntaxFactory.NameColon(name).WithTrailingTrivia(SyntaxFactory.Space);

    private static string? FunctionOf(string layer) => layer switch
    {
        "Dropout" => "dropout",
        "Dropout1d" => "dropout1d",
        "Dropout2d" => "dropout2d",
        "Dropout3d" => "dropout3d",
        "AlphaDropout" => "alpha_dropout",
        "FeatureAlphaDropout" => "feature_alpha_dropout",
        _ => null,
    };
}
