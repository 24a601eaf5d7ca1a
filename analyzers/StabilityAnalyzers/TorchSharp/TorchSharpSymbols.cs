using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Symbols;

/// <summary>
/// The symbols of TorchSharp that rules ask about, resolved once per compilation. A type that this version of TorchSharp
/// does not have is null, which every question here answers with "no".
/// </summary>
internal sealed class TorchSharpSymbols
{
    // A host gives each of its analyzers the same compilation object.
    private static readonly ConditionalWeakTable<Compilation, StrongBox<TorchSharpSymbols?>> s_byCompilation = new();

    private readonly ImmutableDictionary<ISymbol, LayerEntry> _layers;
    private readonly ImmutableDictionary<ISymbol, OptimizerEntry> _optimizers;
    private readonly ConcurrentDictionary<ITypeSymbol, bool> _isModule = new(SymbolEqualityComparer.Default);

    private TorchSharpSymbols(Compilation compilation, INamedTypeSymbol torch, INamedTypeSymbol module)
    {
        Compilation = compilation;
        Torch = torch;
        Module = module;

        // All of it is where torch is: the compilation would look through every assembly that it refers to.
        INamedTypeSymbol? Find(string metadataName) => torch.ContainingAssembly.GetTypeByMetadataName(metadataName);
        INamedTypeSymbol? Resolve(string name) => Find("TorchSharp." + name);
        ImmutableArray<INamedTypeSymbol> ResolveArities(string name, int from, int to)
        {
            var found = ImmutableArray.CreateBuilder<INamedTypeSymbol>();
            for (var arity = from; arity <= to; arity++)
            {
                if (Resolve(name + "`" + arity) is { } type)
                {
                    found.Add(type);
                }
            }

            return found.ToImmutable();
        }

        Tensor = Resolve("torch+Tensor");
        Parameter = Resolve("Modules.Parameter");
        NN = Resolve("torch+nn");
        Functional = Resolve("torch+nn+functional");
        Init = Resolve("torch+nn+init");
        NNUtils = Resolve("torch+nn+utils");
        Special = Resolve("torch+special");
        Linalg = Resolve("torch+linalg");
        Autograd = Resolve("torch+autograd");
        GenericModules = ResolveArities("torch+nn+Module", 2, 7);
        ModuleInterfaces = ResolveArities("torch+nn+IModule", 2, 7);
        HookableModule = Resolve("torch+nn+HookableModule`2");
        Sequential = Resolve("Modules.Sequential");
        ModuleList = Resolve("Modules.ModuleList`1");
        ModuleDict = Resolve("Modules.ModuleDict`1");
        Optim = Resolve("torch+optim");
        Optimizer = Resolve("torch+optim+Optimizer");
        LRSchedulers = Resolve("torch+optim+lr_scheduler");
        LRScheduler = Resolve("torch+optim+lr_scheduler+LRScheduler");
        Losses = ResolveArities("Loss", 3, 5);
        DisposeScope = Resolve("DisposeScope");
        TensorExtensions = Resolve("TensorExtensionMethods");
        ModuleExtensions = Resolve("ModuleExtensionMethods");

        var layers = ImmutableDictionary.CreateBuilder<ISymbol, LayerEntry>(SymbolEqualityComparer.Default);
        foreach (var entry in LayerCatalog.Entries)
        {
            if (Find(entry.MetadataName) is { } type)
            {
                layers[type] = entry;
            }
        }

        _layers = layers.ToImmutable();
        var optimizers = ImmutableDictionary.CreateBuilder<ISymbol, OptimizerEntry>(SymbolEqualityComparer.Default);
        foreach (var entry in OptimizerCatalog.Entries)
        {
            if (Find(entry.MetadataName) is { } type)
            {
                optimizers[type] = entry;
            }
        }

        _optimizers = optimizers.ToImmutable();
    }

    /// <summary>The compilation that the symbols belong to.</summary>
    public Compilation Compilation { get; }

    /// <summary><c>TorchSharp.torch</c>.</summary>
    public INamedTypeSymbol Torch { get; }

    /// <summary><c>torch.nn.Module</c>, the base of every module.</summary>
    public INamedTypeSymbol Module { get; }

    /// <summary><c>torch.nn.Module&lt;T, TResult&gt;</c> and its siblings with up to six inputs, as unbound definitions.</summary>
    public ImmutableArray<INamedTypeSymbol> GenericModules { get; }

    /// <summary><c>torch.nn.IModule&lt;T, TResult&gt;</c> and its siblings, as unbound definitions.</summary>
    public ImmutableArray<INamedTypeSymbol> ModuleInterfaces { get; }

    /// <summary><c>torch.nn.HookableModule&lt;TPreHook, TPostHook&gt;</c>.</summary>
    public INamedTypeSymbol? HookableModule { get; }

    /// <summary><c>torch.Tensor</c>.</summary>
    public INamedTypeSymbol? Tensor { get; }

    /// <summary><c>TorchSharp.Modules.Parameter</c>.</summary>
    public INamedTypeSymbol? Parameter { get; }

    /// <summary><c>torch.nn</c>, which holds the factories of the layers.</summary>
    public INamedTypeSymbol? NN { get; }

    /// <summary><c>torch.nn.functional</c>.</summary>
    public INamedTypeSymbol? Functional { get; }

    /// <summary><c>torch.nn.init</c>.</summary>
    public INamedTypeSymbol? Init { get; }

    /// <summary><c>torch.nn.utils</c>, which holds the clipping functions.</summary>
    public INamedTypeSymbol? NNUtils { get; }

    /// <summary><c>torch.special</c>.</summary>
    public INamedTypeSymbol? Special { get; }

    /// <summary><c>torch.linalg</c>.</summary>
    public INamedTypeSymbol? Linalg { get; }

    /// <summary><c>torch.autograd</c>.</summary>
    public INamedTypeSymbol? Autograd { get; }

    /// <summary><c>TorchSharp.Modules.Sequential</c>.</summary>
    public INamedTypeSymbol? Sequential { get; }

    /// <summary><c>TorchSharp.Modules.ModuleList&lt;T&gt;</c>.</summary>
    public INamedTypeSymbol? ModuleList { get; }

    /// <summary><c>TorchSharp.Modules.ModuleDict&lt;T&gt;</c>.</summary>
    public INamedTypeSymbol? ModuleDict { get; }

    /// <summary><c>torch.optim</c>, which holds the factories of the optimizers.</summary>
    public INamedTypeSymbol? Optim { get; }

    /// <summary><c>torch.optim.Optimizer</c>, the base of every optimizer.</summary>
    public INamedTypeSymbol? Optimizer { get; }

    /// <summary><c>torch.optim.lr_scheduler</c>, which holds the factories of the schedulers.</summary>
    public INamedTypeSymbol? LRSchedulers { get; }

    /// <summary><c>torch.optim.lr_scheduler.LRScheduler</c>.</summary>
    public INamedTypeSymbol? LRScheduler { get; }

    /// <summary><c>TorchSharp.Loss&lt;...&gt;</c>, the bases of the losses, as unbound definitions.</summary>
    public ImmutableArray<INamedTypeSymbol> Losses { get; }

    /// <summary><c>TorchSharp.DisposeScope</c>.</summary>
    public INamedTypeSymbol? DisposeScope { get; }

    /// <summary><c>TorchSharp.TensorExtensionMethods</c>.</summary>
    public INamedTypeSymbol? TensorExtensions { get; }

    /// <summary><c>TorchSharp.ModuleExtensionMethods</c>.</summary>
    public INamedTypeSymbol? ModuleExtensions { get; }

    /// <summary>The symbols of a compilation, or null when it does not refer to TorchSharp.</summary>
    /// <param name="compilation">The compilation.</param>
    public static TorchSharpSymbols? TryGet(Compilation compilation) =>
        s_byCompilation.GetValue(compilation, static c => new StrongBox<TorchSharpSymbols?>(Resolve(c))).Value;

    /// <summary>True for <c>torch.Tensor</c> and what derives from it, such as a parameter.</summary>
    public bool IsTensor(ITypeSymbol? type) => Derives(type, Tensor);

    /// <summary>True for <c>torch.nn.Module</c>, what derives from it, and the module interfaces.</summary>
    public bool IsModule(ITypeSymbol? type) => type is not null && _isModule.GetOrAdd(type, t =>
        Derives(t, Module)
        || (t is INamedTypeSymbol named && ModuleInterfaces.Contains(named.OriginalDefinition, SymbolEqualityComparer.Default))
        || (t is ITypeParameterSymbol parameter && HasModuleConstraint(parameter)));

    /// <summary>True for <c>torch.optim.Optimizer</c> and what derives from it.</summary>
    public bool IsOptimizer(ITypeSymbol? type) => Derives(type, Optimizer);

    /// <summary>True for a loss module.</summary>
    public bool IsLoss(ITypeSymbol? type)
    {
        for (var t = type; t is not null; t = t.BaseType)
        {
            if (t is INamedTypeSymbol named && Losses.Contains(named.OriginalDefinition, SymbolEqualityComparer.Default))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What the catalogue says of a layer type of TorchSharp, or null for any other type.</summary>
    public LayerEntry? LayerOf(ITypeSymbol? type) =>
        type is not null && _layers.TryGetValue(type.OriginalDefinition, out var entry) ? entry : null;

    /// <summary>What the catalogue says of an optimizer type of TorchSharp, or null for any other type.</summary>
    public OptimizerEntry? OptimizerOf(ITypeSymbol? type) =>
        type is not null && _optimizers.TryGetValue(type.OriginalDefinition, out var entry) ? entry : null;

    /// <summary>
    /// True when the method is, overrides, or is the generic construction of a method of that name that
    /// <paramref name="declaringType"/> declares.
    /// </summary>
    public static bool IsMethod(IMethodSymbol? method, INamedTypeSymbol? declaringType, string name)
    {
        if (method is null || declaringType is null || method.Name != name)
        {
            return false;
        }

        for (var m = (method.ReducedFrom ?? method).OriginalDefinition; m is not null; m = m.OverriddenMethod?.OriginalDefinition)
        {
            if (SymbolEqualityComparer.Default.Equals(m.ContainingType?.OriginalDefinition, declaringType))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when a type is, or derives from, the definition <paramref name="ancestor"/>.</summary>
    public static bool Derives(ITypeSymbol? type, INamedTypeSymbol? ancestor)
    {
        if (ancestor is null)
        {
            return false;
        }

        for (var t = type; t is not null; t = t.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(t.OriginalDefinition, ancestor))
            {
                return true;
            }
        }

        return false;
    }

    private bool HasModuleConstraint(ITypeParameterSymbol parameter)
    {
        foreach (var constraint in parameter.ConstraintTypes)
        {
            if (constraint is INamedTypeSymbol && IsModule(constraint))
            {
                return true;
            }
        }

        return false;
    }

    private static TorchSharpSymbols? Resolve(Compilation compilation) =>
        compilation.GetTypeByMetadataName("TorchSharp.torch") is { } torch
        && compilation.GetTypeByMetadataName("TorchSharp.torch+nn+Module") is { } module
            ? new TorchSharpSymbols(compilation, torch, module)
            : null;
}
