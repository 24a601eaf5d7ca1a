using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Rules.Usage;

/// <summary>Says of a module whether it holds parameters for certain: one that holds none loses nothing when it is not registered.</summary>
internal sealed class ParameterContent
{
    private const int MaxDepth = 8;
    private const int Budget = 2_000;

    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _source;
    private readonly CancellationToken _cancellation;
    private readonly Func<LayerEntry, bool>? _only;
    private readonly HashSet<ISymbol> _active = new(SymbolEqualityComparer.Default);
    private int _spent;

    /// <param name="symbols">The symbols of the compilation.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <param name="only">The layers that count, and then only what is made along with the module does; null for all that have parameters.</param>
    public ParameterContent(TorchSharpSymbols symbols, CancellationToken cancellation, Func<LayerEntry, bool>? only = null)
    {
        _only = only;
        _symbols = symbols;
        _source = SourceIndex.Of(symbols.Compilation);
        _cancellation = cancellation;
    }

    /// <summary>
    /// True when the expression makes a new module that has parameters: a factory of <c>torch.nn</c>, a creation, a
    /// <c>Sequential(...)</c> around one.
    /// </summary>
    public bool IsMadeBy(IOperation? value) => IsMadeBy(value, 0);

    /// <summary>True when every instance of the type has parameters.</summary>
    public bool IsIn(ITypeSymbol? type) => IsIn(type, 0);

    /// <summary>True for the creation of a parameter.</summary>
    public static bool IsNewParameter(IOperation value, TorchSharpSymbols symbols) =>
        TorchSharpSymbols.Derives(value.Unwrap()?.Type, symbols.Parameter)
        && value.Unwrap() is IObjectCreationOperation or IInvocationOperation { TargetMethod: { IsStatic: true, Name: "Parameter" } };

    // The depth of this recursion is that of modules in modules, and is limited.
    private bool IsMadeBy(IOperation? value, int depth)
    {
        if (++_spent > Budget || value.Unwrap() is not { Type: { } type } creation || !_symbols.IsModule(type))
        {
            return false;
        }

        if (creation is not IObjectCreationOperation
            && !(creation is IInvocationOperation { TargetMethod: { IsStatic: true, ContainingType: var owner } }
                && SymbolEqualityComparer.Default.Equals(owner, _symbols.NN)))
        {
            return false;
        }

        return _symbols.LayerOf(type) switch
        {
            { Family: LayerFamily.Container } => creation.Descendants().Any(part =>
                part is IInvocationOperation or IObjectCreationOperation && IsMadeBy(part, depth + 1)),
            { Family: LayerFamily.Normalization } entry => IsLayer(entry) && !SaysAffine(creation),
            { } entry => IsLayer(entry),
            null => IsIn(type, depth),
        };
    }

    private bool IsIn(ITypeSymbol? type, int depth)
    {
        if (_symbols.LayerOf(type) is { } layer)
        {
            return IsLayer(layer) && layer.Family != LayerFamily.Normalization;
        }

        for (var t = type as INamedTypeSymbol; t is not null && _source.IsSource(t.OriginalDefinition); t = t.BaseType)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (depth < MaxDepth && _symbols.IsModule(t) && _active.Add(t.OriginalDefinition))
            {
                var holds = t.OriginalDefinition.GetMembers().OfType<IFieldSymbol>().Any(field => Holds(field, depth));
                _active.Remove(t.OriginalDefinition);
                if (holds)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool Holds(IFieldSymbol field, int depth)
    {
        var isParameter = TorchSharpSymbols.Derives(field.Type, _symbols.Parameter);
        if (field.IsStatic || ++_spent > Budget || !(isParameter || _symbols.IsModule(field.Type)))
        {
            return false;
        }

        var values = new List<IOperation>();
        return _source.TryGetValues(field.AssociatedSymbol ?? field, values, _cancellation)
            && values.Any(value => value.ConstantValue is not { HasValue: true, Value: null }
                && (isParameter
                    ? _only is null || IsNewParameter(value, _symbols)
                    : IsMadeBy(value, depth + 1) || (_only is null && IsIn(field.Type, depth + 1))));
    }

    private bool IsLayer(LayerEntry entry) => _only?.Invoke(entry) ?? entry.Family switch
    {
        LayerFamily.Linear or LayerFamily.Convolution or LayerFamily.TransposedConvolution or LayerFamily.Embedding
            or LayerFamily.Recurrent or LayerFamily.RecurrentCell or LayerFamily.Attention => true,
        LayerFamily.Normalization => entry.Name is "BatchNorm1d" or "BatchNorm2d" or "BatchNorm3d" or "LayerNorm" or "GroupNorm",
        _ => entry.Name == "PReLU",
    };

    // affine: false, elementwise_affine: false
    private static bool SaysAffine(IOperation creation) =>
        creation is IInvocationOperation call && call.Arguments.Any(argument =>
            argument is { ArgumentKind: ArgumentKind.Explicit, Parameter.Name: var name } && name.Contains("affine"));
}
