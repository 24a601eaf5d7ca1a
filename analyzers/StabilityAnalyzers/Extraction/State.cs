using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Extraction;

/// <summary>A variable of one call of a method.</summary>
/// <param name="frame">The call.</param>
/// <param name="symbol">The local or parameter.</param>
internal readonly struct Variable(int frame, ISymbol symbol) : IEquatable<Variable>
{
    private readonly int _frame = frame;
    private readonly ISymbol _symbol = symbol;

    /// <summary>The local or parameter.</summary>
    public ISymbol Symbol => _symbol;

    /// <inheritdoc/>
    public bool Equals(Variable other) => _frame == other._frame && SymbolEqualityComparer.Default.Equals(_symbol, other._symbol);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Variable other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((SymbolEqualityComparer.Default.GetHashCode(_symbol) * 397) ^ _frame);
}

/// <summary>Everything that the interpreted program remembers at one point. Immutable, so that branches share what they have in common.</summary>
/// <param name="Variables">Locals and parameters.</param>
/// <param name="Heap">Objects by key.</param>
internal sealed record State(ImmutableDictionary<Variable, Value> Variables, ImmutableDictionary<int, HeapObject> Heap)
{
    /// <summary>Nothing.</summary>
    public static State Empty { get; } =
        new(ImmutableDictionary<Variable, Value>.Empty, ImmutableDictionary<int, HeapObject>.Empty);

    /// <summary>The state after an assignment to a variable.</summary>
    public State With(Variable variable, Value value) => this with { Variables = Variables.SetItem(variable, value) };

    /// <summary>The state after a change of an object.</summary>
    public State With(int id, HeapObject content) => this with { Heap = Heap.SetItem(id, content) };
}
