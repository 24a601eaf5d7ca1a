using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>The model that a diagnostic is about, found again in the source, before and after a change.</summary>
internal sealed class ModelSubject
{
    private readonly SemanticModel _semantic;
    private readonly ISymbol _owner;
    private readonly int _index;
    private readonly CancellationToken _cancellation;

    private ModelSubject(
        SemanticModel semantic, ISymbol owner, int index, IReadOnlyList<ExtractedModel> models, SyntaxNode code, CancellationToken cancellation)
    {
        _semantic = semantic;
        _owner = owner;
        _index = index;
        _cancellation = cancellation;
        Models = models;
        Code = code;
    }

    /// <summary>Its graphs: one for each way that a class is made, or the one of a container.</summary>
    public IReadOnlyList<ExtractedModel> Models { get; }

    /// <summary>The class declaration, or the member that makes the container.</summary>
    public SyntaxNode Code { get; }

    /// <summary>The class; null for a container in ordinary code.</summary>
    public INamedTypeSymbol? Type => _owner as INamedTypeSymbol;

    /// <summary>The document's semantic model.</summary>
    public SemanticModel Semantic => _semantic;

    /// <summary>Finds the model that is reported at a place.</summary>
    /// <param name="semantic">The document's semantic model.</param>
    /// <param name="location">The place.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static ModelSubject? Find(SemanticModel semantic, Location location, CancellationToken cancellation)
    {
        var root = semantic.SyntaxTree.GetRoot(cancellation);
        if (TorchSharpSymbols.TryGet(semantic.Compilation) is not { } symbols || !root.FullSpan.Contains(location.SourceSpan))
        {
            return null;
        }

        var node = root.FindNode(location.SourceSpan, getInnermostNodeForTie: true);
        if (node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is { } declaration
            && semantic.GetDeclaredSymbol(declaration, cancellation) is INamedTypeSymbol type && symbols.IsModule(type))
        {
            var models = Extract(symbols, type, cancellation);
            return models.Count == 0 ? null : new ModelSubject(semantic, type, 0, models, declaration, cancellation);
        }

        var owner = semantic.GetEnclosingSymbol(location.SourceSpan.Start, cancellation);
        while (owner is IMethodSymbol { MethodKind: MethodKind.AnonymousFunction or MethodKind.LocalFunction })
        {
            owner = owner.ContainingSymbol;
        }

        var code = node.AncestorsAndSelf().FirstOrDefault(ancestor => ancestor is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax);
        if (owner is not IMethodSymbol method || code is null)
        {
            return null;
        }

        var all = Extract(symbols, method, cancellation);
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Sites.Any(site => ModelGraphAnalyzer.LocationOf(site)?.SourceSpan == location.SourceSpan))
            {
                return new ModelSubject(semantic, method, i, [all[i]], code, cancellation);
            }
        }

        return null;
    }

    /// <summary>The same model in a changed document; empty if it cannot be found there or the change does not compile.</summary>
    /// <param name="root">The document's root after the change.</param>
    public IReadOnlyList<ExtractedModel> After(SyntaxNode root)
    {
        var old = _semantic.SyntaxTree;
        var tree = old.WithRootAndOptions(root, old.Options);
        var compilation = _semantic.Compilation.ReplaceSyntaxTree(old, tree);
        if (Errors(compilation.GetSemanticModel(tree)) > Errors(_semantic) || TorchSharpSymbols.TryGet(compilation) is not { } symbols)
        {
            return [];
        }

        if (_owner is INamedTypeSymbol)
        {
            return _owner.GetDocumentationCommentId() is { } id
                && DocumentationCommentId.GetFirstSymbolForDeclarationId(id, compilation) is INamedTypeSymbol type
                    ? Extract(symbols, type, _cancellation)
                    : [];
        }

        var semantic = compilation.GetSemanticModel(tree);
        var method = Code is CompilationUnitSyntax
            ? compilation.GetEntryPoint(_cancellation)
            : tree.GetRoot(_cancellation).DescendantNodes().Where(node => node.RawKind == Code.RawKind)
                .Select(node => semantic.GetDeclaredSymbol(node, _cancellation)).OfType<IMethodSymbol>()
                .FirstOrDefault(candidate => candidate.GetDocumentationCommentId() == _owner.GetDocumentationCommentId());
        var models = method is null ? [] : Extract(symbols, method, _cancellation);
        return _index < models.Count ? [models[_index]] : [];
    }

    private int Errors(SemanticModel semantic) =>
        semantic.GetDiagnostics(cancellationToken: _cancellation).Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    private static IReadOnlyList<ExtractedModel> Extract(TorchSharpSymbols symbols, INamedTypeSymbol type, CancellationToken cancellation) =>
        new ModelExtractor(symbols, Budget.Default).OfType(type, cancellation);

    private static IReadOnlyList<ExtractedModel> Extract(TorchSharpSymbols symbols, IMethodSymbol method, CancellationToken cancellation) =>
        new MethodBodies(symbols.Compilation, cancellation).Of(method) is { } body
            ? new ModelExtractor(symbols, Budget.Default).OfBlock(method, body, cancellation)
            : [];
}
