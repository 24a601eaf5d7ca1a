using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Extraction;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Residual connections in forward methods: x = x + f(x), and the scale of their branches.</summary>
internal static class ResidualEdits
{
    /// <summary>Whether the input of a layer can be added to the output of the activation behind it.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="layer">Node of the layer.</param>
    /// <param name="activation">Node of the activation.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool CanShortcut(ModelSubject subject, ExtractedModel model, int layer, int activation, CancellationToken cancellation) =>
        TrunkOf(subject, model, layer, activation, cancellation) is not null;

    /// <summary>Adds shortcuts. False if that cannot be done everywhere.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="places">Nodes of the layers and of the activations behind them.</param>
    /// <param name="scale">One over the square of the factor on the branches; 1 for none.</param>
    /// <param name="edits">Receives the changes.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static bool TryShortcut(
        ModelSubject subject, ExtractedModel model, IEnumerable<(int Layer, int Activation)> places, int scale, SourceEdits edits, CancellationToken cancellation)
    {
        var done = new HashSet<SyntaxNode>();
        foreach (var (layer, activation) in places)
        {
            if (TrunkOf(subject, model, layer, activation, cancellation) is not { } trunk || model.Sites[activation] is not { Use: ExpressionSyntax branch })
            {
                return false;
            }

            if (done.Add(branch))
            {
                var (open, close) = NeedsParentheses(branch) ? ("(", ")") : ("", "");
                edits.Wrap(branch, $"{open}{trunk} + ", Divided(subject, branch, scale) + close);
            }
        }

        return done.Count > 0;
    }

    /// <summary>Whether the branch of a sum can be scaled.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="sum">Node of the sum.</param>
    /// <param name="branch">Which of its inputs is the branch.</param>
    public static bool CanScale(ModelSubject subject, ExtractedModel model, int sum, int branch) => BranchOf(subject, model, sum, branch) is not null;

    /// <summary>Scales the branches of sums. False if that cannot be done everywhere.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="model">One of its graphs.</param>
    /// <param name="sums">Nodes of the sums, and which input of each is the branch.</param>
    /// <param name="scale">One over the square of the factor.</param>
    /// <param name="edits">Receives the changes.</param>
    public static bool TryScale(
        ModelSubject subject, ExtractedModel model, IEnumerable<(int Sum, int Branch)> sums, int scale, SourceEdits edits)
    {
        var done = new HashSet<SyntaxNode>();
        foreach (var (sum, input) in sums)
        {
            if (BranchOf(subject, model, sum, input) is not { } branch)
            {
                return false;
            }

            if (!done.Add(branch))
            {
                continue;
            }

            if (branch.Parent is AssignmentExpressionSyntax assignment && assignment.Left == branch)
            {
                // f += x is f = f / c + x.
                edits.Replace(assignment.OperatorToken.Span, $"= {branch}{Divided(subject, branch, scale)} +");
            }
            else if (branch.Parent is MemberAccessExpressionSyntax)
            {
                // f(x).add(x) is (f(x) / c).add(x).
                edits.Wrap(branch, "(", Divided(subject, branch, scale) + ")");
            }
            else
            {
                var isLoose = branch is not (InvocationExpressionSyntax or IdentifierNameSyntax or MemberAccessExpressionSyntax or ParenthesizedExpressionSyntax
                    or ElementAccessExpressionSyntax);
                edits.Wrap(branch, isLoose ? "(" : "", (isLoose ? ")" : "") + Divided(subject, branch, scale));
            }
        }

        return done.Count > 0;
    }

    // act(fc.call(x)): the x, if it is a variable, which nothing can change before the sum is taken.
    private static string? TrunkOf(ModelSubject subject, ExtractedModel model, int layer, int activation, CancellationToken cancellation) =>
        SignalPlaces.InputOf(subject, model, layer, cancellation) is IdentifierNameSyntax trunk
        && subject.Semantic.GetSymbolInfo(trunk, cancellation).Symbol is ILocalSymbol or IParameterSymbol
        && SignalPlaces.InputOf(subject, model, activation, cancellation) is { } input
        && input.Span.Contains(trunk.Span)
        && input.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Count(name => name.Identifier.ValueText == trunk.Identifier.ValueText) == 1
            ? trunk.Identifier.ValueText
            : null;

    private static ExpressionSyntax? BranchOf(ModelSubject subject, ExtractedModel model, int sum, int input)
    {
        if (model.Sites[sum] is not { Use: { } use } || !subject.Owns(use))
        {
            return null;
        }

        switch (use)
        {
            // x + f(x), f(x) + x
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } binary:
                return input == 0 ? binary.Left : binary.Right;

            // x += f(x), f += x
            case AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.AddAssignmentExpression } assignment:
                return input == 1 ? assignment.Right : assignment.Left as IdentifierNameSyntax;

            // x.add(f(x)), f(x).add(x), x.add_(f(x))
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "add" or "add_" } add, ArgumentList.Arguments: [{ } argument] }:
                return input == 1 ? argument.Expression : add.Name.Identifier.ValueText == "add" ? add.Expression : null;
            default:
                return null;
        }
    }

    private static string Divided(ModelSubject subject, SyntaxNode at, int scale) => scale == 1
        ? ""
        : $" / {new NameBinding(subject.Semantic, at.SpanStart).Math}.Sqrt({scale.ToString(CultureInfo.InvariantCulture)})";

    private static bool NeedsParentheses(ExpressionSyntax expression) => expression.Parent is not
        (AssignmentExpressionSyntax or EqualsValueClauseSyntax or ReturnStatementSyntax or ArrowExpressionClauseSyntax or ArgumentSyntax or ParenthesizedExpressionSyntax);
}
