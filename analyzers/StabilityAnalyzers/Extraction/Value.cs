using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Extraction;

/// <summary>What the interpreter knows of the result of an expression. Immutable, compared by value.</summary>
internal abstract record Value
{
    /// <summary>The constant null.</summary>
    public static ConstantValue Null { get; } = new(null);

    /// <summary>Something that is not understood.</summary>
    /// <param name="reason">Why, in words for a person.</param>
    public static UnknownValue Unknown(string reason) => new(reason);
}

/// <summary>Something that is not understood; it flows on, and nothing is concluded from it.</summary>
/// <param name="Reason">Why, in words for a person.</param>
/// <param name="Id">The same for all that is certainly one and the same value; 0 where nothing is certain.</param>
internal sealed record UnknownValue(string Reason, int Id = 0) : Value;

/// <summary>
/// The size of something, of which the code does not say how large it is. It stands for a number that is different in each
/// of two runs: what comes out the same in both does not depend on it. It decides no condition and counts no loop.
/// </summary>
/// <param name="Sample">The number in this run, as <see cref="long"/> or <see cref="double"/>.</param>
internal sealed record SizeValue(object Sample) : Value;

/// <summary>A constant of the language: null, bool, string, char, any integer as <see cref="long"/>, any other number as <see cref="double"/>.</summary>
/// <param name="Content">The constant.</param>
internal sealed record ConstantValue(object? Content) : Value;

/// <summary>A reference to an object of the heap.</summary>
/// <param name="Id">The object's key.</param>
internal sealed record ReferenceValue(int Id) : Value;

/// <summary>The weight or the bias of a layer.</summary>
/// <param name="Layer">Key of the layer.</param>
/// <param name="IsBias">True for the bias.</param>
/// <param name="Name">Its name, for a layer with several weights; null for one with a weight and a bias, or where it is not known.</param>
internal sealed record ParameterValue(int Layer, bool IsBias, string? Name = null) : Value;

/// <summary>Rows of a parameter of a recurrent layer.</summary>
/// <param name="Whole">The parameter.</param>
/// <param name="Start">The first row.</param>
/// <param name="Length">How many rows.</param>
internal sealed record ParameterRows(ParameterValue Whole, long Start, long Length) : Value;

/// <summary>A tuple.</summary>
/// <param name="Items">Its elements.</param>
internal sealed record TupleValue(ImmutableArray<Value> Items) : Value
{
    /// <inheritdoc/>
    public bool Equals(TupleValue? other) => other is not null && Items.SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Length;
}

/// <summary>Modules that follow each other an unknown number of times, as elements of a list or a container.</summary>
/// <param name="Items">Those of one pass; the others are made and initialised in the same way.</param>
internal sealed record RepeatedValue(ImmutableArray<Value> Items) : Value
{
    /// <inheritdoc/>
    public bool Equals(RepeatedValue? other) => other is not null && Items.SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Length;
}

/// <summary>A lambda, a local function or a method, with what it is bound to.</summary>
/// <param name="Method">The method.</param>
/// <param name="Body">The lambda's operation; null for a method or a local function.</param>
/// <param name="Frame">Frame whose locals it sees.</param>
/// <param name="Self">The object that it is bound to; null if there is none.</param>
internal sealed record FunctionValue(IMethodSymbol Method, IOperation? Body, int Frame, Value? Self) : Value
{
    /// <inheritdoc/>
    public bool Equals(FunctionValue? other) =>
        other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Frame == other.Frame && Equals(Self, other.Self);

    /// <inheritdoc/>
    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method);
}
