using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>Gives the graphs of the models in a compilation.</summary>
/// <param name="symbols">TorchSharp in the compilation.</param>
/// <param name="budget">What one model may cost.</param>
internal sealed class ModelExtractor(TorchSharpSymbols symbols, Budget budget)
{
    private readonly ConstructionSites _sites = new(symbols.Compilation);
    private WeightWriters? _writers;

    /// <summary>
    /// The graph of a module class, once for each of its constructors and each way that it is called in the compilation.
    /// Empty for a class that is abstract or no module.
    /// </summary>
    /// <param name="type">The class.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public IReadOnlyList<ExtractedModel> OfType(INamedTypeSymbol type, CancellationToken cancellation)
    {
        if (type.IsAbstract || type.TypeKind != TypeKind.Class || !symbols.IsModule(type) || DeclarationOf(type, cancellation) is not { } declaration)
        {
            return [];
        }

        var sites = _sites.Of(type, cancellation);
        if (sites.Count == 0)
        {
            // Made elsewhere, in ways that are not known here.
            sites = type.InstanceConstructors
                .Select(constructor => new ConstructionSite(constructor, ImmutableSortedDictionary<string, object?>.Empty)).ToArray();
        }

        return sites
            .Select(site => new Interpreter(symbols, type, budget, cancellation).ExtractType(type, site.Constructor, site.Arguments, declaration))
            .ToArray();
    }

    /// <summary>The graph of every <c>Sequential</c> that a method outside of module classes makes.</summary>
    /// <param name="method">The method.</param>
    /// <param name="body">Its body.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public IReadOnlyList<ExtractedModel> OfBlock(IMethodSymbol method, IOperation body, CancellationToken cancellation) =>
        new Interpreter(symbols, method.ContainingType, budget, cancellation).ExtractBlock(method.ToDisplayString(), body);

    /// <summary>
    /// What the compilation writes into weights from outside of constructors. To be asked when something is about to be
    /// reported, for it looks through all files.
    /// </summary>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public WeightWriters Writers(CancellationToken cancellation) => _writers ??= WeightWriters.Of(symbols, cancellation);

    private static SyntaxNode? DeclarationOf(INamedTypeSymbol type, CancellationToken cancellation) =>
        type.DeclaringSyntaxReferences.Select(reference => reference.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>().FirstOrDefault();
}
