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
    private static readonly string[] s_all = ["modules", "named_modules", "children", "named_children"];

    private readonly HashSet<ISymbol> _fields = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _types = new(SymbolEqualityComparer.Default);

    private HookedModules()
    {
    }

    /// <summary>Looks through a compilation once.</summary>
    public static HookedModules Find(TorchSharpSymbols symbols, CancellationToken cancellation)
    {
        var found = new HookedModules();
        var source = SourceIndex.Of(symbols.Compilation);
        foreach (var tree in symbols.Compilation.SyntaxTrees)
        {
            cancellation.ThrowIfCancellationRequested();
            var index = TreeIndex.Of(tree, cancellation);
            foreach (var node in s_register.SelectMany(index.Calls))
            {
                if (source.Operation(node, cancellation) is IInvocationOperation call && symbols.IsModule(call.TargetMethod.ContainingType))
                {
                    found.AddReceiver(call, symbols, source);
                }
            }

            foreach (var node in index.Calls("Attach"))
            {
                // GradientRecorder.Attach(model, ...) hooks every module in it.
                if (source.Operation(node, cancellation) is IInvocationOperation { TargetMethod: { ContainingType.Name: "GradientRecorder", ContainingAssembly.Name: "StabilityAnalyzers.Runtime" } } call)
                {
                    foreach (var argument in call.Arguments)
                    {
                        found.AddAllIn(argument.Value.Unwrap()?.Type, symbols, source);
                    }
                }
            }
        }

        return found;
    }

    /// <summary>True when hooks are on what the field holds.</summary>
    /// <param name="field">A field of a module.</param>
    /// <param name="owner">The class whose code uses it.</param>
    public bool Concern(IFieldSymbol field, INamedTypeSymbol owner) =>
        _fields.Contains(field.OriginalDefinition) || _types.Contains(owner.OriginalDefinition);

    private void AddReceiver(IInvocationOperation call, TorchSharpSymbols symbols, SourceIndex source)
    {
        switch (call.Instance.Unwrap())
        {
            // model.conv1.register_forward_hook(...)
            case IFieldReferenceOperation field:
                _fields.Add(field.Field.OriginalDefinition);
                break;

            // foreach (var module in model.modules()) module.register_forward_hook(...)
            case ILocalReferenceOperation:
                for (var parent = call.Parent; parent is not null; parent = parent.Parent)
                {
                    if (parent is IForEachLoopOperation loop)
                    {
                        foreach (var all in loop.Collection.DescendantsAndSelf().OfType<IInvocationOperation>().Where(all => s_all.Contains(all.TargetMethod.Name)))
                        {
                            AddAllIn(all.Instance.Unwrap()?.Type, symbols, source);
                        }
                    }
                }

                break;
        }
    }

    // The class, and those of the modules in its fields.
    private void AddAllIn(ITypeSymbol? type, TorchSharpSymbols symbols, SourceIndex source)
    {
        var work = new Queue<ITypeSymbol?>();
        work.Enqueue(type);
        while (work.Count > 0 && _types.Count < MaxTypes)
        {
            for (var t = work.Dequeue(); t is not null && symbols.IsModule(t); t = t.BaseType)
            {
                foreach (var argument in (t as INamedTypeSymbol)?.TypeArguments ?? ImmutableArray<ITypeSymbol>.Empty)
                {
                    work.Enqueue(argument);
                }

                if (!source.IsSource(t.OriginalDefinition) || !_types.Add(t.OriginalDefinition))
                {
                    break;
                }

                foreach (var field in t.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic))
                {
                    work.Enqueue(field.Type);
                }
            }
        }
    }
}
