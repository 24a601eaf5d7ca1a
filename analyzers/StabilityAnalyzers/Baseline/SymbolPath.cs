using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace StabilityAnalyzers.Baseline;

/// <summary>
/// The member that a finding lies in, as its documentation ID (<c>M:Namespace.Type.Method(System.Int32)</c>): it stays the
/// same when lines move, and changes when the member is renamed, which is when a finding deserves another look.
/// </summary>
internal static class SymbolPath
{
    /// <summary>For a finding that lies in no member.</summary>
    public const string None = "-";

    /// <summary>For a finding in top-level statements, whose method has no name that a person would know.</summary>
    public const string TopLevelStatements = "(top-level)";

    /// <summary>The path of the innermost member around a location: a field, property, method, constructor or type.</summary>
    /// <param name="location">Where the finding is.</param>
    /// <param name="semanticModel">Gives the semantic model of a tree of the compilation.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static string Of(Location location, Func<SyntaxTree, SemanticModel> semanticModel, CancellationToken cancellationToken)
    {
        if (location.SourceTree is not { } tree || !tree.GetRoot(cancellationToken).FullSpan.Contains(location.SourceSpan))
        {
            return None;
        }

        var model = semanticModel(tree);
        for (var node = tree.GetRoot(cancellationToken).FindNode(location.SourceSpan); node is not null; node = node.Parent)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (node is GlobalStatementSyntax)
            {
                return TopLevelStatements;
            }

            if (DeclaredMember(node, model, cancellationToken)?.GetDocumentationCommentId() is { Length: > 0 } id)
            {
                return id.Any(char.IsWhiteSpace) ? string.Concat(id.Where(c => !char.IsWhiteSpace(c))) : id;
            }
        }

        return None;
    }

    private static ISymbol? DeclaredMember(SyntaxNode node, SemanticModel model, CancellationToken cancellationToken) => node switch
    {
        // A local variable and a local function are no members; the walk goes on outwards.
        VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } => model.GetDeclaredSymbol(node, cancellationToken),

        // private Module a, b; reported as a whole
        BaseFieldDeclarationSyntax { Declaration.Variables: { Count: > 0 } variables } =>
            model.GetDeclaredSymbol(variables[0], cancellationToken),
        MemberDeclarationSyntax and not BaseNamespaceDeclarationSyntax => model.GetDeclaredSymbol(node, cancellationToken),
        _ => null,
    };
}
