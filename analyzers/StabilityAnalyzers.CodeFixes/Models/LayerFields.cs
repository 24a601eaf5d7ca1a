using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Fields for new layers, beside the fields of the layers that they belong to.</summary>
/// <param name="subject">The model.</param>
internal sealed class LayerFields(ModelSubject subject)
{
    private readonly Dictionary<ISymbol, string?> _norms = new(SymbolEqualityComparer.Default);
    private readonly HashSet<string> _taken = [];

    /// <summary>True if what an expression makes goes into a field or property.</summary>
    /// <param name="creation">The expression.</param>
    public static bool IsField(InvocationExpressionSyntax creation) => creation.Parent switch
    {
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } or PropertyDeclarationSyntax } => true,
        AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax { Parent: BlockSyntax { Parent: ConstructorDeclarationSyntax } } } => true,
        _ => false,
    };

    /// <summary>A field with a norm as wide as the output of a layer in a field.</summary>
    /// <param name="creation">The expression that makes the layer.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="edits">Receives the change, once for each layer.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The name of the field; null if there can be none.</returns>
    public string? NormFor(InvocationExpressionSyntax creation, NormalizationOperation norm, SourceEdits edits, CancellationToken cancellation)
    {
        var semantic = subject.Semantic;
        var layer = creation.Parent switch
        {
            EqualsValueClauseSyntax { Parent: { } declared } => semantic.GetDeclaredSymbol(declared, cancellation),
            AssignmentExpressionSyntax assignment => semantic.GetSymbolInfo(assignment.Left, cancellation).Symbol,
            _ => null,
        };
        if (layer is not (IFieldSymbol or IPropertySymbol) || layer.IsStatic)
        {
            return null;
        }

        if (!_norms.TryGetValue(layer, out var name))
        {
            _norms[layer] = name = Add(layer, norm, edits, cancellation);
        }

        return name;
    }

    private string? Add(ISymbol layer, NormalizationOperation operation, SourceEdits edits, CancellationToken cancellation)
    {
        var semantic = subject.Semantic;
        var syntax = layer.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation);
        if (syntax?.FirstAncestorOrSelf<MemberDeclarationSyntax>(member => member is FieldDeclarationSyntax or PropertyDeclarationSyntax) is not { } member
            || member.SyntaxTree != semantic.SyntaxTree || member.Parent is not TypeDeclarationSyntax type || !subject.Owns(member))
        {
            return null;
        }

        var name = FreeName(type, layer.Name);
        var declaration = $"private readonly {new NameBinding(semantic, member.SpanStart).Layer(operation.Name)} {name}";
        var value = syntax switch
        {
            VariableDeclaratorSyntax variable => variable.Initializer?.Value,
            PropertyDeclarationSyntax property => property.Initializer?.Value,
            _ => null,
        };
        if (value is not null)
        {
            if (Norm(value, operation, cancellation) is not { } norm)
            {
                return null;
            }

            edits.InsertAfter(member, [declaration + " = " + norm + ";"]);
            return name;
        }

        edits.InsertAfter(member, [declaration + ";"]);
        foreach (var assignment in type.DescendantNodes().OfType<AssignmentExpressionSyntax>())
        {
            if (!SymbolEqualityComparer.Default.Equals(semantic.GetSymbolInfo(assignment.Left, cancellation).Symbol, layer))
            {
                continue;
            }

            if (assignment.Parent is not ExpressionStatementSyntax { Parent: BlockSyntax { Parent: ConstructorDeclarationSyntax } } statement
                || Norm(assignment.Right, operation, cancellation) is not { } norm)
            {
                return null;
            }

            edits.InsertAfter(statement, [name + " = " + norm + ";"]);
        }

        return name;
    }

    private string? Norm(ExpressionSyntax value, NormalizationOperation norm, CancellationToken cancellation) =>
        value is InvocationExpressionSyntax creation ? NormSyntax.Of(norm, creation, subject.Semantic, cancellation) : null;

    // fc3 gets norm3, hidden gets hiddenNorm; with the underscore that it has.
    private string FreeName(TypeDeclarationSyntax type, string layer)
    {
        var start = layer.Length - layer.TrimStart('_').Length;
        var stem = layer.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        var digits = layer.Substring(stem.Length);
        var name = digits.Length > 0 && stem.Length > start ? layer.Substring(0, start) + "norm" + digits : layer + "Norm";
        foreach (var candidate in new[] { name, layer + "Norm" })
        {
            var free = NameBinding.FreeName(type, candidate);
            if (free == candidate && _taken.Add(free))
            {
                return free;
            }
        }

        for (var i = 2; ; i++)
        {
            var free = NameBinding.FreeName(type, layer + "Norm" + i);
            if (_taken.Add(free))
            {
                return free;
            }
        }
    }
}
