using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>
/// A module that is made where it becomes an element of a container: Sequential(Linear(2, 3), ...), ("fc", Linear(2, 3)),
/// new Module[] { ... }, [...], list.Add(...), module.append("fc", ...).
/// </summary>
internal sealed class ContainerElement
{
    private readonly SyntaxNode _creation;
    private readonly ExpressionSyntax? _name;

    // The element of a list, or the statement that adds it.
    private readonly SyntaxNode _whole;

    private ContainerElement(SyntaxNode creation, ExpressionSyntax? name, SyntaxNode whole, bool isList = false)
    {
        IsOfModuleList = isList;
        _creation = creation;
        _name = name;
        _whole = whole;
    }

    /// <summary>True for an element of a <c>ModuleList</c>: which of them is called when is up to the code that holds it.</summary>
    public bool IsOfModuleList { get; }

    /// <summary>The element that an expression makes; null if it is none.</summary>
    /// <param name="creation">The expression that makes the module.</param>
    /// <param name="semantic">The document's semantic model.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static ContainerElement? Of(SyntaxNode creation, SemanticModel semantic, CancellationToken cancellation)
    {
        var element = creation;
        ExpressionSyntax? name = null;
        if (creation.Parent is ArgumentSyntax { Parent: TupleExpressionSyntax { Arguments: { Count: 2 } items } tuple } && items[1].Expression == creation)
        {
            element = tuple;
            name = items[0].Expression;
        }

        switch (element.Parent)
        {
            case InitializerExpressionSyntax:
                return new ContainerElement(creation, name, element);
            case ExpressionElementSyntax item:
                return new ContainerElement(creation, name, item);
            case ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } list } argument:
                if (call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Add" or "append" } && call.Parent is ExpressionStatementSyntax statement)
                {
                    var isList = call.Expression is MemberAccessExpressionSyntax { Expression: var receiver } && semantic.GetTypeInfo(receiver, cancellation).Type?.Name == "ModuleList";
                    return list.Arguments.Count == 1 ? new ContainerElement(creation, name, statement, isList)
                        : list.Arguments.Count == 2 && list.Arguments[1] == argument ? new ContainerElement(creation, list.Arguments[0].Expression, statement)
                        : null;
                }

                return semantic.GetSymbolInfo(call, cancellation).Symbol is IMethodSymbol { Name: "Sequential" or "ModuleList", IsStatic: true } factory
                    ? new ContainerElement(creation, name, argument, factory.Name == "ModuleList")
                    : null;
            default:
                return null;
        }
    }

    /// <summary>Adds an element before it.</summary>
    /// <param name="creation">The expression that makes the new module.</param>
    /// <param name="stem">What its name begins with, where the elements have names.</param>
    /// <param name="code">The code in which names must differ.</param>
    /// <param name="edits">Receives the change.</param>
    public void InsertBefore(string creation, string stem, SyntaxNode code, SourceEdits edits)
    {
        var start = _whole.SpanStart;
        var text = _whole.ToString();
        text = text.Substring(0, _creation.SpanStart - start) + creation + text.Substring(_creation.Span.End - start);
        if (_name is not null)
        {
            text = text.Substring(0, _name.SpanStart - start) + Renamed(_name, stem, code) + text.Substring(_name.Span.End - start);
        }

        if (_whole is StatementSyntax statement)
        {
            edits.InsertBefore(statement, text);
        }
        else
        {
            edits.InsertElement(_whole, text);
        }
    }

    // "act3" becomes "norm3", $"act{i}" becomes $"norm{i}"; if that is taken, "norm_act3".
    private static string Renamed(ExpressionSyntax name, string stem, SyntaxNode code)
    {
        switch (name)
        {
            case LiteralExpressionSyntax { Token.ValueText: var text }:
                var digits = text.Length - text.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').Length;
                var wanted = stem + text.Substring(text.Length - digits);
                var isTaken = code.DescendantTokens().Any(token => token.IsKind(SyntaxKind.StringLiteralToken) && token.ValueText == wanted);
                return digits == 0 || isTaken ? $"\"{stem}_{text}\"" : $"\"{wanted}\"";
            case InterpolatedStringExpressionSyntax { Contents: [InterpolatedStringTextSyntax first, InterpolationSyntax, ..] } interpolated:
                var whole = interpolated.ToString();
                var offset = first.SpanStart - interpolated.SpanStart;
                var renamed = whole.Substring(0, offset) + stem + whole.Substring(offset + first.Span.Length);
                return code.DescendantNodes().OfType<InterpolatedStringExpressionSyntax>().Any(other => other.ToString() == renamed)
                    ? whole.Insert(offset, stem + "_")
                    : renamed;
            default:
                return $"\"{stem}_\" + " + name;
        }
    }
}
