using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.CodeFixes.Numerics;
using StabilityAnalyzers.Rules.Usage;

namespace StabilityAnalyzers.CodeFixes.Usage;

/// <summary>Says what STAB5010 asks: what the target of the divergence is, that 0 is a dimension; or takes the variance from the tensor.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB5010SayWhichFix))]
[Shared]
public sealed class STAB5010SayWhichFix : DocumentFixProvider
{
    private const string Key = STAB5010UnexpectedDefault.Id + ":best";
    private const string OtherKey = STAB5010UnexpectedDefault.Id + ":probabilities";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB5010UnexpectedDefault.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (KindOf(diagnostic) == STAB5010UnexpectedDefault.Dimension)
        {
            yield return ("Write 0L, the first dimension (the value changes)", Key);
        }

        if (CallOf(diagnostic, root) is not { } call)
        {
            yield break;
        }

        switch (KindOf(diagnostic))
        {
            case STAB5010UnexpectedDefault.Variance when call.ArgumentList.Arguments.FirstOrDefault() is { NameColon: null }:
                yield return ("Use the method of the tensor, which returns the variance (the value changes)", Key);
                break;
            case STAB5010UnexpectedDefault.Probabilities:
                yield return ("The target are probabilities: log_target: false (the loss changes)", Key);
                break;
            case STAB5010UnexpectedDefault.Unsaid:
                yield return ("The target are logarithms: log_target: true (the loss stays)", Key);
                yield return ("The target are probabilities: log_target: false (the loss changes)", OtherKey);
                break;
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (KindOf(diagnostic) == STAB5010UnexpectedDefault.Dimension
            && editor.OriginalRoot.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is LiteralExpressionSyntax zero)
        {
            // A name of the parameter would keep the overload.
            editor.ReplaceNode(zero.Parent is ArgumentSyntax { NameColon: not null } named ? named : zero, (node, _) => node is ArgumentSyntax
                ? SyntaxFactory.Argument(Zero()).WithTriviaFrom(node)
                : Zero().WithTriviaFrom(node));
            return;
        }

        if (CallOf(diagnostic, editor.OriginalRoot) is not { } call || !editor.IsFirst(call))
        {
            return;
        }

        if (KindOf(diagnostic) == STAB5010UnexpectedDefault.Variance)
        {
            if (call.ArgumentList.Arguments.FirstOrDefault() is { NameColon: null })
            {
                editor.ReplaceNode(call, (current, _) => AsMethod((InvocationExpressionSyntax)current));
            }

            return;
        }

        var isLogarithms = key != OtherKey && KindOf(diagnostic) == STAB5010UnexpectedDefault.Unsaid;
        var argument = SyntaxFactory.Argument(
            SyntaxFactory.NameColon("log_target").WithTrailingTrivia(SyntaxFactory.Space),
            default,
            SyntaxFactory.LiteralExpression(isLogarithms ? SyntaxKind.TrueLiteralExpression : SyntaxKind.FalseLiteralExpression));
        editor.ReplaceNode(call, (current, generator) => ((InvocationExpressionSyntax)current).AddArgumentListArguments(
            call.ArgumentList.Arguments.Count == 0 ? argument : argument.WithLeadingTrivia(SyntaxFactory.Space)));
    }

    private static InvocationExpressionSyntax AsMethod(InvocationExpressionSyntax call)
    {
        var arguments = call.ArgumentList.Arguments;
        return SyntaxFactory.InvocationExpression(
            SyntaxFactory.MemberAccessExpression(
                SyntaxKind.SimpleMemberAccessExpression, arguments[0].Expression.AsReceiver(), SyntaxFactory.IdentifierName("var_mean")),
            call.ArgumentList.WithArguments(arguments.RemoveAt(0))).WithTriviaFrom(call);
    }

    private static LiteralExpressionSyntax Zero() =>
        SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(0L));

    private static string? KindOf(Diagnostic diagnostic) =>
        diagnostic.Properties.TryGetValue(STAB5010UnexpectedDefault.KindProperty, out var kind) ? kind : null;

    // torch.var_mean(x), kl_div(...), or KLDivLoss() where the loss is made: in this document
    private static InvocationExpressionSyntax? CallOf(Diagnostic diagnostic, SyntaxNode root)
    {
        var place = KindOf(diagnostic) == STAB5010UnexpectedDefault.Variance ? diagnostic.Location : diagnostic.AdditionalLocations.FirstOrDefault();
        return place is not null && place.SourceTree == diagnostic.Location.SourceTree
            ? root.FindNode(place.SourceSpan, getInnermostNodeForTie: true) as InvocationExpressionSyntax
            : null;
    }
}
