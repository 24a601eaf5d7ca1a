using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Source;

/// <summary>Where modules are made, and what a <c>Sequential</c> ends with.</summary>
internal sealed class ModuleOrigins
{
    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly ValueOrigins _origins;
    private readonly Lazy<ImmutableHashSet<ISymbol>> _bases;

    /// <param name="symbols">The symbols of the compilation.</param>
    public ModuleOrigins(TorchSharpSymbols symbols)
    {
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _origins = new ValueOrigins(_source, PassThrough);
        _bases = new Lazy<ImmutableHashSet<ISymbol>>(Bases);
    }

    /// <summary>The expressions that make the module; empty when some of them cannot be known.</summary>
    public ImmutableArray<IOperation> Of(IOperation? module, CancellationToken cancellation)
    {
        var origins = _origins.Of(module, cancellation);
        return origins.IsDefault || (origins.Any(IsSequential) && IsAppended(module, cancellation)) ? ImmutableArray<IOperation>.Empty : origins;
    }

    /// <summary>True when no class of this compilation derives from a class of this compilation.</summary>
    public bool IsLeaf(INamedTypeSymbol type, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return !type.IsAbstract
            && _source.IsSource(type.OriginalDefinition)
            && (type.IsSealed || !_bases.Value.Contains(type.OriginalDefinition));
    }

    /// <summary>The module that stands last in <c>Sequential(...)</c>; null where it is not known.</summary>
    public IOperation? LastOf(IOperation? creation)
    {
        if (!IsSequential(creation) || creation is not IInvocationOperation { Arguments: { Length: 1 } arguments })
        {
            return null;
        }

        var last = LastElement.Of(arguments[0].Value);
        return last is ITupleOperation { Elements: { Length: 2 } pair } ? pair[1] : last;
    }

    private bool IsSequential(IOperation? creation) =>
        creation is IInvocationOperation { TargetMethod: { Name: "Sequential" } factory }
        && SymbolEqualityComparer.Default.Equals(factory.ContainingType, _symbols.NN);

    // layers.append(...), where layers may be this module
    private bool IsAppended(IOperation? module, CancellationToken cancellation)
    {
        foreach (var tree in _symbols.Compilation.SyntaxTrees)
        {
            foreach (var node in TreeIndex.Of(tree, cancellation).Calls("append"))
            {
                if (_source.Operation(node, cancellation) is IInvocationOperation { Instance: { } receiver }
                    && _symbols.IsModule(receiver.Type)
                    && (module.Unwrap().ReferredSymbol() is not { } symbol
                        || receiver.Unwrap().ReferredSymbol() is not { } appended
                        || _origins.AliasesOf(symbol, cancellation).Contains(appended, SymbolEqualityComparer.Default)
                        || _origins.AliasesOf(appended, cancellation).Contains(symbol, SymbolEqualityComparer.Default)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private ImmutableHashSet<ISymbol> Bases()
    {
        var bases = ImmutableHashSet.CreateBuilder<ISymbol>(SymbolEqualityComparer.Default);
        var work = new Stack<INamespaceOrTypeSymbol>();
        work.Push(_symbols.Compilation.Assembly.GlobalNamespace);
        while (work.Count > 0)
        {
            var current = work.Pop();
            if (current is INamedTypeSymbol { BaseType: { } baseType })
            {
                bases.Add(baseType.OriginalDefinition);
            }

            foreach (var member in current.GetMembers().OfType<INamespaceOrTypeSymbol>())
            {
                work.Push(member);
            }
        }

        return bases.ToImmutable();
    }

    // model.to(device) is the model
    private IOperation? PassThrough(IInvocationOperation call) =>
        call is { TargetMethod.IsExtensionMethod: true, Arguments: { Length: > 0 } arguments }
        && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, _symbols.ModuleExtensions)
            ? arguments[0].Value
            : null;
}
