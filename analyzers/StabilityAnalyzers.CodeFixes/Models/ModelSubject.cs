using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Source;
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
            if (all[i].Sites.Any(site => ModelGraphAnalyzer.LocationOf(site)?.SourceSpan == location.SourceSpan
                || site?.WeightCall?.Site?.Span == location.SourceSpan))
            {
                return new ModelSubject(semantic, method, i, [all[i]], code, cancellation);
            }
        }

        return null;
    }

    /// <summary>True if a change of a node in this document changes nothing but this model.</summary>
    /// <param name="node">The node.</param>
    public bool Owns(SyntaxNode node)
    {
        var place = node;
        for (var nesting = 0; nesting < 4; nesting++)
        {
            if (place.SyntaxTree != _semantic.SyntaxTree)
            {
                return false;
            }

            if (place.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration || Type is null)
            {
                return Code.FullSpan.Contains(place.Span);
            }

            if (_semantic.GetDeclaredSymbol(declaration, _cancellation) is not INamedTypeSymbol type)
            {
                return false;
            }

            if (SymbolEqualityComparer.Default.Equals(type, Type))
            {
                return true;
            }

            // A block of this model, if nobody else makes one: then what decides is where it is made.
            var name = declaration.Identifier.ValueText;
            var makers = _semantic.Compilation.SyntaxTrees.Select(tree => TreeIndex.Of(tree, _cancellation))
                .SelectMany(index => index.Calls(name).Concat(index.Calls(TreeIndex.TargetTypedNew))).OfType<BaseObjectCreationExpressionSyntax>()
                .Where(creation => creation is ObjectCreationExpressionSyntax || MayMean(creation, name))
                .Select(creation => creation.FirstAncestorOrSelf<TypeDeclarationSyntax>()).Distinct().ToArray();
            if (makers is not [{ } maker] || maker == declaration)
            {
                return false;
            }

            place = maker;
        }

        return false;
    }

    /// <summary>The same model in a changed document; empty if it cannot be found there or the change does not compile.</summary>
    /// <param name="edits">The change.</param>
    public IReadOnlyList<ExtractedModel> After(SourceEdits edits)
    {
        if (edits.Apply() is not { } text)
        {
            return [];
        }

        var old = _semantic.SyntaxTree;
        var tree = old.WithChangedText(text);
        var compilation = _semantic.Compilation.ReplaceSyntaxTree(old, tree);
        if (TorchSharpSymbols.TryGet(compilation) is not { } symbols
            || Errors(compilation.GetSemanticModel(tree), Changed(old, tree, edits)) > Errors(_semantic, Changed(old, old, edits)))
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

    // new() for a field, variable or return type of that name somewhere around it.
    private static bool MayMean(SyntaxNode creation, string name) =>
        creation.FirstAncestorOrSelf<MemberDeclarationSyntax>()?.DescendantTokens().Any(token => token.ValueText == name) != false;

    // The members that hold the changes; a change can neither add nor remove one at the top.
    private static IEnumerable<SyntaxNode> Changed(SyntaxTree old, SyntaxTree tree, SourceEdits edits)
    {
        var before = ((CompilationUnitSyntax)old.GetRoot()).Members;
        var members = ((CompilationUnitSyntax)tree.GetRoot()).Members;
        if (before.Count != members.Count || before.Any(member => member is GlobalStatementSyntax))
        {
            return [tree.GetRoot()];
        }

        var spans = edits.Spans.ToArray();
        return members.Where((_, i) => spans.Any(span => before[i].FullSpan.IntersectsWith(span)));
    }

    private int Errors(SemanticModel semantic, IEnumerable<SyntaxNode> parts) => parts.Sum(part =>
        semantic.GetDiagnostics(part.Span, _cancellation).Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));

    private static IReadOnlyList<ExtractedModel> Extract(TorchSharpSymbols symbols, INamedTypeSymbol type, CancellationToken cancellation) =>
        new ModelExtractor(symbols, Budget.Default).OfType(type, cancellation);

    private static IReadOnlyList<ExtractedModel> Extract(TorchSharpSymbols symbols, IMethodSymbol method, CancellationToken cancellation) =>
        SourceIndex.Of(symbols.Compilation).Body(method, cancellation) is { } body
            ? new ModelExtractor(symbols, Budget.Default).OfBlock(method, body, cancellation)
            : [];
}
