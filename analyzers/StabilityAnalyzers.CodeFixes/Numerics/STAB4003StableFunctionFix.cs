using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.Rules.Numerics;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>Replaces the formula that STAB4003 reports by the method of a tensor that computes the same stably.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(STAB4003StableFunctionFix))]
[Shared]
public sealed class STAB4003StableFunctionFix : DocumentFixProvider
{
    private const string Key = STAB4003UnstableFormula.Id + ":best";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(STAB4003UnstableFormula.Id);

    private protected override IEnumerable<(string Title, string Key)> Offers(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (Replacement(diagnostic, root, model, cancellation) is { Method: var method })
        {
            yield return ($"Use {method}: the same value without overflow or loss of digits", Key);
        }
    }

    private protected override void Apply(
        Diagnostic diagnostic, string? key, SyntaxEditor editor, SemanticModel model, CancellationToken cancellation)
    {
        if (Replacement(diagnostic, editor.OriginalRoot, model, cancellation) is { } found && editor.IsFirst(found.Formula))
        {
            editor.ReplaceNode(found.Formula, found.Result);
        }
    }

    private static (ExpressionSyntax Formula, ExpressionSyntax Result, string Method)? Replacement(
        Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (!diagnostic.Properties.TryGetValue(STAB4003UnstableFormula.FunctionProperty, out var function)
            || diagnostic.AdditionalLocations is not [{ } place]
            || place.SourceTree != diagnostic.Location.SourceTree
            || root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not ExpressionSyntax formula
            || !formula.Span.Contains(place.SourceSpan)
            || root.FindNode(place.SourceSpan, getInnermostNodeForTie: true) is not ExpressionSyntax operand)
        {
            return null;
        }

        var (method, arguments) = function switch
        {
            "logsigmoid" => ("log_sigmoid", SyntaxFactory.ArgumentList()),
            "log_softmax" => (function, ArgumentsOf(operand, "softmax", model, cancellation)),
            "logsumexp" => (function, ArgumentsOf(operand, "sum", model, cancellation)),
            { } other => (other, SyntaxFactory.ArgumentList()),
            null => ("", null),
        };
        return arguments is null ? null : (
            formula,
            SyntaxFactory.InvocationExpression(
                SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, operand.AsReceiver(), SyntaxFactory.IdentifierName(method)),
                arguments).WithTriviaFrom(formula),
            method);
    }

    // What softmax or sum is given besides the tensor. logsumexp takes one dimension, and must be told which.
    private static ArgumentListSyntax? ArgumentsOf(ExpressionSyntax operand, string function, SemanticModel model, CancellationToken cancellation)
    {
        foreach (var call in operand.Ancestors().OfType<InvocationExpressionSyntax>())
        {
            if (model.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method || method.Name != function)
            {
                continue;
            }

            // sum(0), where 0 is a number type
            if (method.Parameters.All(parameter => parameter.Name != "dim"))
            {
                return null;
            }

            var kept = new List<ArgumentSyntax>();
            var dimensions = 0;
            var position = OperandSyntax.PositionOf(call, model, cancellation);
            for (var i = 0; i < call.ArgumentList.Arguments.Count; i++)
            {
                var argument = call.ArgumentList.Arguments[i];
                if (i == position)
                {
                    continue;
                }

                var type = model.GetTypeInfo(argument.Expression, cancellation).Type?.SpecialType;
                dimensions += type is SpecialType.System_Int32 or SpecialType.System_Int64 ? 1 : 0;
                if (function == "sum" && type is not (SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Boolean))
                {
                    return null;
                }

                kept.Add(argument);
            }

            return position is null || dimensions != 1 ? null : SyntaxFactory.ArgumentList(SyntaxFactory.SeparatedList(
                kept, Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), kept.Count - 1)));
        }

        return null;
    }
}
