using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace StabilityAnalyzers.CodeFixes.Numerics;

/// <summary>
/// Takes out the operations that give the input of a loss its form: softmax, log_softmax or a sigmoid, that the loss
/// computes itself.
/// </summary>
/// <param name="sources">The operations: calls, or layers that end a <c>Sequential</c>.</param>
/// <param name="isInModel">True when other code than the loss sees the change: the model returns logits from then on.</param>
internal sealed class OutputRemoval(IReadOnlyList<(ExpressionSyntax Node, int Position)> sources, bool isInModel)
{
    // The layer stands in the list of a Sequential, or is added to such a list.
    private const int Element = int.MinValue;

    /// <summary>True when other code than the loss sees the change.</summary>
    public bool IsInModel => isInModel;

    /// <summary>The removal for a diagnostic; null where it cannot be done in this document, or would change what else is computed there.</summary>
    public static OutputRemoval? Of(Diagnostic diagnostic, SyntaxNode root, SemanticModel model, CancellationToken cancellation)
    {
        if (root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not ExpressionSyntax input)
        {
            return null;
        }

        var sources = new List<(ExpressionSyntax, int)>();
        var isInModel = false;
        foreach (var location in diagnostic.AdditionalLocations)
        {
            if (location.SourceTree != diagnostic.Location.SourceTree
                || root.FindNode(location.SourceSpan, getInnermostNodeForTie: true) is not ExpressionSyntax node
                || (IsListed(node) || Addition(node) is not null ? Element : node is InvocationExpressionSyntax call && MakesTensor(call, model, cancellation) ? OperandSyntax.PositionOf(call, model, cancellation) : null) is not { } position)
            {
                return null;
            }

            if (!input.Span.Contains(node.Span))
            {
                var isHere = MemberOf(node) == MemberOf(input);
                if (position != Element && isHere && !IsForTheLossAlone(node, input, model, cancellation))
                {
                    return null;
                }

                isInModel |= position == Element || !isHere;
            }

            sources.Add((node, position));
        }

        return sources.Count == 0 ? null : new OutputRemoval(sources, isInModel);
    }

    /// <summary>Makes the change.</summary>
    public void Apply(SyntaxEditor editor)
    {
        foreach (var (node, position) in sources)
        {
            if (!editor.IsFirst(node))
            {
                continue;
            }

            if (Addition(node) is { } addition)
            {
                editor.RemoveStatement(addition);
            }
            else if (position == Element)
            {
                editor.RemoveNode(node.FirstAncestorOrSelf<ArgumentSyntax>(argument => argument.Parent is ArgumentListSyntax)!);
            }
            else if (SelfAssignment(node, position) is { } statement)
            {
                editor.RemoveNode(statement);
            }
            else
            {
                editor.ReplaceNode(node, (current, _) => current is InvocationExpressionSyntax call ? OperandSyntax.At(call, position).InPlaceOf(call) : current);
            }
        }
    }

    // Sequential(..., Softmax(1)) and Sequential(..., ("softmax", Softmax(1))), if something is left
    private static bool IsListed(ExpressionSyntax node)
    {
        var argument = node.Parent as ArgumentSyntax;
        if (argument?.Parent is TupleExpressionSyntax tuple)
        {
            argument = tuple.Parent as ArgumentSyntax;
        }

        return argument?.Parent is ArgumentListSyntax { Arguments.Count: > 1, Parent: InvocationExpressionSyntax call } list
            && list.Arguments.Last() == argument
            && call.Expression.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().LastOrDefault()?.Identifier.ValueText == "Sequential";
    }

    // x.softmax(1), but not the layer that Softmax(1) makes
    private static bool MakesTensor(InvocationExpressionSyntax call, SemanticModel model, CancellationToken cancellation) =>
        model.GetTypeInfo(call, cancellation).Type?.Name == "Tensor";

    // layers.Add(Softmax(1)); and layers.Add(("softmax", Softmax(1)));
    private static ExpressionStatementSyntax? Addition(ExpressionSyntax node)
    {
        var argument = node.Parent as ArgumentSyntax;
        if (argument?.Parent is TupleExpressionSyntax tuple)
        {
            argument = tuple.Parent as ArgumentSyntax;
        }

        return argument?.Parent is ArgumentListSyntax
        {
            Arguments.Count: 1,
            Parent: InvocationExpressionSyntax
            {
                Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Add" },
                Parent: ExpressionStatementSyntax { Parent: BlockSyntax } statement,
            },
        }
            ? statement
            : null;
    }

    // x = x.softmax(1);
    private static ExpressionStatementSyntax? SelfAssignment(ExpressionSyntax node, int position) =>
        node.Parent is AssignmentExpressionSyntax { Left: IdentifierNameSyntax left, Parent: ExpressionStatementSyntax { Parent: BlockSyntax } statement } assignment
        && assignment.Right == node
        && OperandSyntax.At((InvocationExpressionSyntax)node, position) is IdentifierNameSyntax operand
        && operand.Identifier.ValueText == left.Identifier.ValueText
            ? statement
            : null;

    // Of the variable that takes the result, all later uses are inputs of this loss, or ask only for the largest element.
    private static bool IsForTheLossAlone(ExpressionSyntax node, ExpressionSyntax input, SemanticModel model, CancellationToken cancellation)
    {
        var variable = node.Parent switch
        {
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax declarator } => model.GetDeclaredSymbol(declarator, cancellation),
            AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax } assignment => model.GetSymbolInfo(assignment.Left, cancellation).Symbol,
            _ => null,
        };
        if (variable is not (ILocalSymbol or IParameterSymbol))
        {
            return false;
        }

        foreach (var name in MemberOf(node).DescendantNodes().OfType<IdentifierNameSyntax>())
        {
            if (name.Identifier.ValueText != variable.Name || node.Parent!.Span.Contains(name.Span) || input.Span.Contains(name.Span))
            {
                continue;
            }

            var isArgmax = name.Parent is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "argmax" or "Dispose" } access && access.Expression == name;
            if (!isArgmax && (name.SpanStart > node.SpanStart || IsInLoop(node)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsInLoop(SyntaxNode node) =>
        node.Ancestors().Any(ancestor => ancestor is ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax)
        && node.Parent is not EqualsValueClauseSyntax;

    private static SyntaxNode MemberOf(SyntaxNode node) => node.Ancestors()
        .First(ancestor => ancestor is MemberDeclarationSyntax and not GlobalStatementSyntax or LocalFunctionStatementSyntax or CompilationUnitSyntax);
}
