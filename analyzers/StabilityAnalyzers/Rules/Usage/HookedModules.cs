using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Which modules of a compilation have hooks registered on them.</summary>
internal sealed class HookedModules
{
    private const int MaxTypes = 256;

    private static readonly string[] s_register = ["register_forward_hook", "register_forward_pre_hook"];

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly ModuleOrigins _origins;
    private readonly HashSet<ISymbol> _fields = new(SymbolEqualityComparer.Default);

    // By the class whose fields hold the modules: the types of module that get hooks, null for each module without children.
    private readonly Dictionary<ISymbol, HashSet<ITypeSymbol?>> _types = new(SymbolEqualityComparer.Default);

    private HookedModules(TorchSharpSymbols symbols)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _origins = new ModuleOrigins(symbols);
    }

    /// <summary>Looks through a compilation once.</summary>
    public static HookedModules Find(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var found = new HookedModules(symbols);
        foreach (var tree in symbols.Compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            var index = TreeIndex.Of(tree, cancellation);
            foreach (var node in s_register.SelectMany(index.Calls))
            {
                if (found._source.Operation(node, cancellation) is IInvocationOperation call && symbols.IsModule(call.TargetMethod.ContainingType))
                {
                    found.AddReceiver(call);
                }
            }

            foreach (var node in index.Calls("Attach"))
            {
                if (found._source.Operation(node, cancellation) is IInvocationOperation { TargetMethod: { ContainingType.Name: "GradientRecorder", ContainingAssembly.Name: "StabilityAnalyzers.Runtime" } } call
                    && found.TakesErrorSignals(call.Arguments.ArgumentFor("options"), cancellation))
                {
                    // The recorder hooks the modules without children; call of a block that holds others is nothing to it.
                    found.AddAllIn(call.Arguments.ArgumentFor("model").Unwrap()?.Type, isNested: true, hooked: null);
                }
            }
        }

        return found;
    }

    /// <summary>True when hooks are on what the field holds.</summary>
    /// <param name="reference">A field of a module.</param>
    /// <param name="owner">The class whose code uses it.</param>
    /// <param name="cancellation">Ends the search.</param>
    public bool Concern(IFieldReferenceOperation reference, INamedTypeSymbol owner, CancellationToken cancellation)
    {
        if (_fields.Contains(reference.Field.OriginalDefinition))
        {
            return true;
        }

        if (!_types.TryGetValue(owner.OriginalDefinition, out var hooked))
        {
            return false;
        }

        // The type of the field is often no more than Module<Tensor, Tensor>: then what is assigned to it says more.
        var held = Fits(reference.Field.Type, hooked)
            ? ImmutableArray.Create(reference.Field.Type)
            : _origins.Of(reference, cancellation).Select(origin => origin.Type).ToImmutableArray()!;
        return held.Length > 0 && held.All(type => Fits(type, hooked));
    }

    private bool Fits(ITypeSymbol? type, HashSet<ITypeSymbol?> hooked)
    {
        if (hooked.Contains(null) && _symbols.LayerOf(type) is { Family: not LayerFamily.Container })
        {
            return true;
        }

        for (var t = type; t is not null; t = t.BaseType)
        {
            if (hooked.Contains(t))
            {
                return true;
            }
        }

        return false;
    }

    private void AddReceiver(IInvocationOperation call)
    {
        // model.conv1.register_forward_hook(...)
        if (call.Instance.Unwrap() is IFieldReferenceOperation field)
        {
            _fields.Add(field.Field.OriginalDefinition);
        }

        // foreach (var module in model.modules()) module.register_forward_hook(...)
        else if (HookLoop.Of(call, _symbols) is { } loop)
        {
            AddAllIn(loop.Model.Type, loop.IsNested, loop.Hooked);
        }
    }

    // The class and, where the hooks are on more than its own children, those of the modules in its fields.
    private void AddAllIn(ITypeSymbol? type, bool isNested, ITypeSymbol? hooked)
    {
        var work = new Queue<ITypeSymbol?>();
        var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        work.Enqueue(type);
        while (work.Count > 0 && seen.Count < MaxTypes)
        {
            for (var t = work.Dequeue(); t is not null && _symbols.IsModule(t); t = t.BaseType)
            {
                foreach (var argument in isNested && t is INamedTypeSymbol named ? named.TypeArguments : ImmutableArray<ITypeSymbol>.Empty)
                {
                    work.Enqueue(argument);
                }

                if (!_source.IsSource(t.OriginalDefinition) || !seen.Add(t.OriginalDefinition))
                {
                    break;
                }

                if (!_types.TryGetValue(t.OriginalDefinition, out var hookedTypes))
                {
                    _types[t.OriginalDefinition] = hookedTypes = new HashSet<ITypeSymbol?>(SymbolEqualityComparer.Default);
                }

                hookedTypes.Add(hooked);
                foreach (var field in t.GetMembers().OfType<IFieldSymbol>().Where(field => isNested && !field.IsStatic))
                {
                    work.Enqueue(field.Type);
                }
            }
        }
    }

    // Without error signals the recorder needs no hooks.
    private bool TakesErrorSignals(IOperation? options, CancellationToken cancellation)
    {
        if (options is null)
        {
            return true;
        }

        var origins = new ValueOrigins(_source).Of(options, cancellation);
        return !origins.IsDefault && origins.All(origin => origin is IObjectCreationOperation creation
            && (creation.Initializer?.Initializers ?? ImmutableArray<IOperation>.Empty).All(initializer =>
                initializer is ISimpleAssignmentOperation { Target: IPropertyReferenceOperation target } set
                && (target.Property.Name != "ErrorSignals" || set.Value.ConstantValue is { HasValue: true, Value: true })));
    }
}
