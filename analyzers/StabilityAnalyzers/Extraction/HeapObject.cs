using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>An object of the interpreted program. Immutable: a change of the object is another one under the same key.</summary>
internal abstract record HeapObject;

/// <summary>A tensor of the forward pass; an operation in place puts it on another node.</summary>
/// <param name="Node">Id of the graph node that computes it.</param>
internal sealed record TensorObject(int Node) : HeapObject;

/// <summary>An array, list or sequence whose elements are all known.</summary>
/// <param name="Items">The elements.</param>
internal sealed record ListObject(ImmutableList<Value> Items) : HeapObject;

/// <summary>A dictionary whose entries are all known.</summary>
/// <param name="Entries">The entries, in the order in which they were added.</param>
internal sealed record MapObject(ImmutableList<MapEntry> Entries) : HeapObject;

/// <summary>An entry of a dictionary.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Item">Its value.</param>
internal sealed record MapEntry(Value Key, Value Item);

/// <summary>An object of which nothing is known any more.</summary>
/// <param name="Reason">Why, in words for a person.</param>
internal sealed record OpaqueObject(string Reason) : HeapObject
{
    /// <summary>
    /// The elements of a list of unknown length, of which at least one is a <see cref="RepeatedValue"/>; null for anything else.
    /// </summary>
    public ImmutableList<Value>? Parts { get; init; }
}

/// <summary>Where an object was made.</summary>
/// <param name="Creation">The expression that makes it.</param>
/// <param name="Site">The expression in the analysed type itself that leads there; null if there is none.</param>
internal sealed record Origin(SyntaxNode Creation, SyntaxNode? Site);

/// <summary>An object that the program made with <c>new</c> or with a factory of TorchSharp.</summary>
/// <param name="Origin">Where.</param>
internal abstract record CreatedObject(Origin Origin) : HeapObject;

/// <summary>A layer of TorchSharp.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Entry">What the catalogue says of it.</param>
/// <param name="Arguments">What it was made with.</param>
/// <param name="Weight">How its weight is initialised now.</param>
/// <param name="Bias">How its bias is initialised now; null if it has none.</param>
/// <param name="WeightCall">The initialiser call that set the weight; null for the default.</param>
/// <param name="Origin">Where it was made.</param>
internal sealed record LayerObject(
    ITypeSymbol Type,
    LayerEntry Entry,
    LayerArguments Arguments,
    WeightInitializer Weight,
    BiasInitializer? Bias,
    InitializerCall? WeightCall,
    Origin Origin)
    : CreatedObject(Origin)
{
    /// <summary>What was written into single parameters of a recurrent layer whose others are as they were drawn; null if nothing.</summary>
    public RecurrentWrites? Writes { get; init; }
}

/// <summary>A <c>Sequential</c>, <c>ModuleList</c> or <c>ModuleDict</c>.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Children">The modules that it holds, with the names that TorchSharp gives them, in their order.</param>
/// <param name="Origin">Where it was made.</param>
internal sealed record ContainerObject(ITypeSymbol Type, ImmutableList<ChildModule> Children, Origin Origin)
    : CreatedObject(Origin);

/// <summary>A module under the name that its parent registers it with.</summary>
/// <param name="Name">The last part of its path.</param>
/// <param name="Module">The module.</param>
internal sealed record ChildModule(string Name, Value Module);

/// <summary>An object of a class that the compilation declares.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Fields">Its fields, and its properties without a body.</param>
/// <param name="Children">The modules that were registered so far, in their order: what <c>modules()</c> sees.</param>
/// <param name="IsRegistered">True after <c>RegisterComponents</c>, which does nothing a second time.</param>
/// <param name="Origin">Where it was made.</param>
internal sealed record ClassObject(
    INamedTypeSymbol Type,
    ImmutableDictionary<ISymbol, Value> Fields,
    ImmutableList<ChildModule> Children,
    bool IsRegistered,
    Origin Origin)
    : CreatedObject(Origin)
{
    /// <summary>True for an object that was there before the code that is looked at: of its type or one below it, with any fields.</summary>
    public bool IsForeign { get; init; }
}

/// <summary>A call of <c>torch.nn.init</c> on the weight of a layer.</summary>
/// <param name="Node">The call.</param>
/// <param name="Entry">The initialiser.</param>
/// <param name="Site">The expression in the analysed type itself that leads there; the call, if it stands there; null for what was done before.</param>
internal sealed record InitializerCall(SyntaxNode Node, InitializerEntry Entry, SyntaxNode? Site);
