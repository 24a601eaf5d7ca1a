using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>The call of a function of one tensor, as <c>x.f(...)</c> or as <c>f(x, ...)</c>, and the same without the function.</summary>
internal static class OperandSyntax
{
    /// <summary>
    /// Which argument of a call holds its tensor: -1 for the receiver. Null where that is no plain expression, as in
    /// <c>x?.f()</c>.
    /// </summary>
    public static int? PositionOf(InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellation)
    {
        if (model.GetSymbolInfo(call, cancellation).Symbol is not IMethodSymbol method)
        {
            return null;
        }

        // x.softmax(1), but not softmax.call(x)
        if (!method.IsStatic && method.Name is not ("call" or "forward"))
        {
            return call.Expression is MemberAccessExpressionSyntax ? -1 : null;
        }

        var arguments = call.ArgumentList.Arguments;
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].NameColon is { } name ? name.Name.Identifier.ValueText == method.Parameters.FirstOrDefault()?.Name : i == 0)
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>The tensor of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="position">What <see cref="PositionOf"/> says of it.</param>
    public static ExpressionSyntax At(InvocationExpressionSyntax call, int position) => position < 0
        ? ((MemberAccessExpressionSyntax)call.Expression).Expression
        : call.ArgumentList.Arguments[position].Expression;

    /// <summary>An expression in the place of another one, with its trivia, in parentheses where it needs them.</summary>
    public static ExpressionSyntax InPlaceOf(this ExpressionSyntax expression, ExpressionSyntax old) => old.Parent
        is MemberAccessExpressionSyntax or BinaryExpressionSyntax or ElementAccessExpressionSyntax or PrefixUnaryExpressionSyntax or CastExpressionSyntax
            ? expression.AsReceiver().WithTriviaFrom(old)
            : expression.WithTriviaFrom(old);

    /// <summary>An expression as the receiver of a call, in parentheses where it needs them.</summary>
    public static ExpressionSyntax AsReceiver(this ExpressionSyntax expression) => expression.WithoutTrivia() switch
    {
        var simple and (ParenthesizedExpressionSyntax or IdentifierNameSyntax or MemberAccessExpressionSyntax or InvocationExpressionSyntax
            or ElementAccessExpressionSyntax or ThisExpressionSyntax) => simple,
        var other => SyntaxFactory.ParenthesizedExpression(other),
    };
}
