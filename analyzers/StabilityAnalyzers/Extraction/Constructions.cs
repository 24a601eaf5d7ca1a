using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>
/// Finds how the compilation makes the objects of a class, by running the code that does: the constructor of a module around
/// it, a factory method with its default arguments, the methods that call the factory. Each such run is done once.
/// </summary>
/// <param name="symbols">TorchSharp in the compilation.</param>
internal sealed class Constructions(TorchSharpSymbols symbols)
{
    private const int MostSites = 12;
    private const int MostRuns = 12;
    private const int Depth = 4;

    // A run stops at forward passes and looks for nothing but constructors.
    private static readonly Budget s_budget = Budget.Default with { Operations = 60_000 };

    private readonly SourceIndex _index = SourceIndex.Of(symbols.Compilation);
    private readonly ConcurrentDictionary<ISymbol, IReadOnlyList<Construction>> _runs = new(SymbolEqualityComparer.Default);

    /// <summary>The ways in which the class is made; none if nobody makes it here. Null if there are too many to look at.</summary>
    /// <param name="type">The class.</param>
    /// <param name="cancellation">Ends the search.</param>
    public IReadOnlyList<Construction>? Of(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var found = new List<Construction>();
        var sites = SitesOf(type, cancellation);
        if (sites.Count > MostSites)
        {
            return null;
        }

        foreach (var creation in sites)
        {
            var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default) { type.OriginalDefinition };
            var roots = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
            AddRoots(creation.Syntax, seen, roots, Depth, cancellation);
            if (roots.Count > MostRuns)
            {
                return null;
            }

            var before = found.Count;
            foreach (var root in roots)
            {
                found.AddRange(Run(root, cancellation).Where(construction => ReferenceEquals(construction.Creation, creation.Syntax)));
            }

            if (found.Count == before && _index.MemberAround(creation.Syntax, cancellation) is IMethodSymbol around && !roots.Contains(around))
            {
                // The way there is too long; its last step alone, with whatever arguments.
                found.AddRange(Run(around, cancellation).Where(construction => ReferenceEquals(construction.Creation, creation.Syntax)));
            }

            if (found.Count == before)
            {
                // No run comes there: what is constant without one.
                found.Add(Construction.WithConstants(type, creation.Constructor!.OriginalDefinition, ConstantArguments.Of(creation.Arguments)));
            }
        }

        return found;
    }

    private List<IObjectCreationOperation> SitesOf(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var sites = new List<IObjectCreationOperation>();
        foreach (var constructor in type.OriginalDefinition.InstanceConstructors)
        {
            foreach (var call in _index.CallsOf(constructor, cancellation))
            {
                if (call is IObjectCreationOperation { Constructor: not null } creation)
                {
                    sites.Add(creation);
                    if (sites.Count > MostSites)
                    {
                        return sites;
                    }
                }
            }
        }

        return sites;
    }

    // What has to be run to come by a node: a type, whose constructors are run, a method, or a member with an initialiser.
    private void AddRoots(SyntaxNode node, HashSet<ISymbol> seen, HashSet<ISymbol> roots, int depth, CancellationToken cancellation)
    {
        if (roots.Count > MostRuns || _index.MemberAround(node, cancellation) is not { } member)
        {
            return;
        }

        var type = member as INamedTypeSymbol ?? member.ContainingType;
        if (type is not null && !member.IsStatic && symbols.IsModule(type))
        {
            AddType(type.OriginalDefinition, seen, roots, depth, cancellation);
        }
        else if (member is IMethodSymbol { Parameters.IsEmpty: false, MethodKind: not MethodKind.Constructor } method)
        {
            AddMethod(method.OriginalDefinition, seen, roots, depth, cancellation);
        }
        else
        {
            roots.Add(member);
        }
    }

    private void AddType(INamedTypeSymbol type, HashSet<ISymbol> seen, HashSet<ISymbol> roots, int depth, CancellationToken cancellation)
    {
        if (!seen.Add(type))
        {
            return;
        }

        var sites = depth > 0 ? SitesOf(type, cancellation) : [];
        foreach (var site in sites)
        {
            AddRoots(site.Syntax, seen, roots, depth - 1, cancellation);
        }

        if (sites.Count == 0)
        {
            roots.Add(type);
        }
    }

    private void AddMethod(IMethodSymbol method, HashSet<ISymbol> seen, HashSet<ISymbol> roots, int depth, CancellationToken cancellation)
    {
        if (!seen.Add(method))
        {
            return;
        }

        var isCalled = false;
        if (depth > 0)
        {
            foreach (var call in _index.CallsOf(method, cancellation))
            {
                isCalled = true;
                AddRoots(call.Syntax, seen, roots, depth - 1, cancellation);
            }
        }

        // What others may call with its default arguments.
        if (!isCalled || (method.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected && method.Parameters.All(parameter => parameter.IsOptional)))
        {
            roots.Add(method);
        }
    }

    private IReadOnlyList<Construction> Run(ISymbol root, CancellationToken cancellation)
    {
        if (_runs.TryGetValue(root, out var known))
        {
            return known;
        }

        var found = new Interpreter(symbols, null, s_budget, cancellation).Record(root);
        _runs.TryAdd(root, found);
        return found;
    }
}
