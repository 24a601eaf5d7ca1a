using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>A layer inside a model.</summary>
/// <param name="Layer">What it is.</param>
/// <param name="Name">The field that holds it, or null when it is the model itself or has no name.</param>
internal sealed record ContainedLayer(LayerEntry Layer, string? Name);

/// <summary>Finds a layer of some kind that a model trains: in its fields, in the models they hold, in what they are made of.</summary>
internal sealed class LayerContent
{
    private const int MaxTypes = 64;

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly ValueOrigins _origins;
    private readonly CancellationToken _cancellation;
    private readonly Func<LayerEntry, bool> _isSought;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="origins">How values are followed.</param>
    /// <param name="isSought">True for the layers to be found.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public LayerContent(TorchSharpSymbols symbols, ValueOrigins origins, Func<LayerEntry, bool> isSought, CancellationToken cancellation)
    {
        _isSought = isSought;
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _origins = origins;
        _cancellation = cancellation;
    }

    /// <summary>The layer of that kind in the module that an expression yields, or null when there is none, or none for certain.</summary>
    public ContainedLayer? Of(IOperation module)
    {
        if (OfType(module.Type) is { } byType)
        {
            return byType;
        }

        // The static type says nothing: look at what was assigned, all of it.
        ContainedLayer? found = null;
        foreach (var origin in Origins(module))
        {
            found = OfCreation(origin);
            if (found is null)
            {
                return null;
            }
        }

        return found;
    }

    private ImmutableArray<IOperation> Origins(IOperation value) =>
        _origins.Of(value, _cancellation) is { IsDefault: false } origins ? origins : ImmutableArray<IOperation>.Empty;

    // LSTM(...), new Net(...), Sequential(("a", new Block()), ...)
    private ContainedLayer? OfCreation(IOperation creation) =>
        CreatedTypes(creation).Select(OfType).FirstOrDefault(layer => layer is not null);

    // The type that is created, and those of what is put into it for certain.
    private IEnumerable<ITypeSymbol> CreatedTypes(IOperation creation)
    {
        if (creation is not (IInvocationOperation or IObjectCreationOperation)
            || creation.Type is not { } type
            || !_symbols.IsModule(type))
        {
            yield break;
        }

        yield return type;
        if (_symbols.LayerOf(type) is not { Family: LayerFamily.Container })
        {
            yield break;
        }

        foreach (var part in creation.Descendants())
        {
            if (part is IInvocationOperation or IObjectCreationOperation
                && part.Type is { } held
                && _symbols.IsModule(held)
                && !IsConditional(part, creation))
            {
                yield return held;
            }
        }
    }

    private ContainedLayer? OfType(ITypeSymbol? type)
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
                if (_isSought(entry))
                {
                    return new ContainedLayer(entry, name);
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

    // The types of the modules that a field holds for certain. It is registered and trained; a static one is not, and
    // neither is what a plain list holds.
    private IEnumerable<ITypeSymbol> TypesHeldBy(ISymbol member)
    {
        var type = member switch
        {
            IFieldSymbol { IsStatic: false, IsImplicitlyDeclared: false } field => field.Type,
            IPropertySymbol { IsStatic: false, IsIndexer: false } property => property.Type,
            _ => null,
        };
        var values = new List<IOperation>();
        if (type is null || !_symbols.IsModule(type) || !_source.TryGetValues(member, values, _cancellation))
        {
            return [];
        }

        // if (recurrent) rnn = LSTM(...);
        values.RemoveAll(value => value.ConstantValue is { HasValue: true, Value: null });
        if (values.Count == 0 || (values.Count == 1 && IsConditional(values[0], null)))
        {
            return [];
        }

        // One creation, or several of that kind each: rnn = gru ? GRU(...) : LSTM(...)
        var origins = values.SelectMany(value => Origins(value)).ToList();
        var created = origins.Count == 1 || origins.All(origin => _symbols.LayerOf(origin.Type) is { } made && _isSought(made))
            ? origins.SelectMany(CreatedTypes)
            : [];

        // Of Module<Tensor, Tensor>, or an abstract class, only the creation tells what it is.
        var isConcrete = _symbols.LayerOf(type) is not null || (_source.IsSource(type.OriginalDefinition) && !type.IsAbstract);
        return isConcrete ? created.Prepend(type) : created;
    }

    private static bool IsConditional(IOperation operation, IOperation? until)
    {
        for (var parent = operation.Parent; parent is not null && !ReferenceEquals(parent, until); parent = parent.Parent)
        {
            if (parent is IConditionalOperation or ISwitchOperation or ISwitchExpressionOperation or ICoalesceOperation or ICatchClauseOperation)
            {
                return true;
            }
        }

        return false;
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
