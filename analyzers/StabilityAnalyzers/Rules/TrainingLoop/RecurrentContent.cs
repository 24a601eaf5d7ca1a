using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>A recurrent layer inside a model.</summary>
/// <param name="Layer">What it is.</param>
/// <param name="Name">The field that holds it, or null when it is the model itself or has no name.</param>
internal sealed record RecurrentLayer(LayerEntry Layer, string? Name);

/// <summary>Finds the recurrent layer that a model trains: in its fields, in the models they hold, in what they are made of.</summary>
internal sealed class RecurrentContent
{
    private const int MaxTypes = 64;

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly ValueOrigins _origins;
    private readonly CancellationToken _cancellation;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="origins">How values are followed.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public RecurrentContent(TorchSharpSymbols symbols, ValueOrigins origins, CancellationToken cancellation)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _origins = origins;
        _cancellation = cancellation;
    }

    /// <summary>The recurrent layer of the module that an expression yields, or null when there is none, or none is known.</summary>
    public RecurrentLayer? Of(IOperation module)
    {
        if (OfType(module.Type) is { } byType)
        {
            return byType;
        }

        // The static type says nothing: look at what was assigned.
        var origins = _origins.Of(module, _cancellation);
        return origins.IsDefault ? null : origins.Select(OfCreation).FirstOrDefault(layer => layer is not null);
    }

    // A creation: LSTM(...), new Net(...), Sequential(("a", new Block()), ...), new ModuleList<LSTM>(...).
    private RecurrentLayer? OfCreation(IOperation creation)
    {
        if (creation is not (IInvocationOperation or IObjectCreationOperation) || !_symbols.IsModule(creation.Type))
        {
            return null;
        }

        if (OfType(creation.Type) is { } byType)
        {
            return byType;
        }

        if (_symbols.LayerOf(creation.Type) is not { Family: LayerFamily.Container })
        {
            return null;
        }

        foreach (var part in creation.Descendants())
        {
            if (part is IInvocationOperation or IObjectCreationOperation && OfType(part.Type) is { } layer)
            {
                return layer;
            }
        }

        return null;
    }

    private RecurrentLayer? OfType(ITypeSymbol? type)
    {
        var work = new Queue<(ITypeSymbol Type, string? Name)>();
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        if (type is not null)
        {
            work.Enqueue((type, null));
        }

        while (work.Count > 0 && seen.Count < MaxTypes)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (current, name) = work.Dequeue();
            if (_symbols.LayerOf(current) is { } entry)
            {
                if (RecurrentCatalog.IsRecurrent(entry))
                {
                    return new RecurrentLayer(entry, name);
                }

                // ModuleList<LSTM>, ModuleDict<LSTM>
                if (current is INamedTypeSymbol { TypeArguments: var arguments })
                {
                    foreach (var argument in arguments)
                    {
                        work.Enqueue((argument, name));
                    }
                }

                continue;
            }

            for (var t = current as INamedTypeSymbol; t is not null && _source.IsSource(t.OriginalDefinition); t = t.BaseType)
            {
                if (!_symbols.IsModule(t) || !seen.Add(t.OriginalDefinition) || SwitchesGradientOff(t))
                {
                    break;
                }

                foreach (var member in t.GetMembers())
                {
                    foreach (var held in TypesHeldBy(member))
                    {
                        work.Enqueue((held, member.Name));
                    }
                }
            }
        }

        return null;
    }

    // A module's field is registered and trained; a static one is not, and a plain list is not.
    private IEnumerable<ITypeSymbol> TypesHeldBy(ISymbol member)
    {
        var type = member switch
        {
            IFieldSymbol { IsStatic: false, IsImplicitlyDeclared: false } field => field.Type,
            IPropertySymbol { IsStatic: false, IsIndexer: false } property => property.Type,
            _ => null,
        };
        if (type is null || !_symbols.IsModule(type))
        {
            yield break;
        }

        yield return type;

        var values = new List<IOperation>();
        if (!_source.TryGetValues(member, values, _cancellation))
        {
            yield break;
        }

        foreach (var creation in values.SelectMany(value => value.DescendantsAndSelf()))
        {
            if (creation is IInvocationOperation or IObjectCreationOperation && creation.Type is { } created && _symbols.IsModule(created))
            {
                yield return created;
            }
        }
    }

    // A layer that is called without recording a gradient, or is frozen, is not trained; to tell which one is left to others.
    private bool SwitchesGradientOff(INamedTypeSymbol type)
    {
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            var declaration = reference.GetSyntax(_cancellation);
            if (GradientSwitch.Freezes(declaration))
            {
                return true;
            }

            if (declaration is TypeDeclarationSyntax { Members: var members }
                && members.OfType<MethodDeclarationSyntax>().Any(method =>
                    method.Identifier.ValueText == "forward" && method.Modifiers.Any(SyntaxKind.OverrideKeyword)
                    && GradientSwitch.IsOffIn(method)))
            {
                return true;
            }
        }

        return false;
    }
}
