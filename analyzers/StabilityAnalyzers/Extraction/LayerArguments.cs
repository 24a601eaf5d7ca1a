using System.Collections.Immutable;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <summary>Arguments of a TorchSharp factory or function by parameter name, as far as they are constants.</summary>
/// <param name="values">Parameter name to constant: null, bool, string, long, double or an array of numbers. What is not constant is missing.</param>
internal sealed class LayerArguments(ImmutableDictionary<string, object?> values)
{
    private readonly ImmutableDictionary<string, object?> _values = values;

    /// <summary>No arguments.</summary>
    public static LayerArguments None { get; } = new(ImmutableDictionary<string, object?>.Empty);

    /// <summary>The same with one parameter of another call.</summary>
    public LayerArguments With(LayerArguments other, string parameter) =>
        other._values.TryGetValue(parameter, out var value) ? new LayerArguments(_values.SetItem(parameter, value)) : this;

    /// <summary>The same with another name for a parameter, where it is given.</summary>
    public LayerArguments Renamed(string parameter, string name) =>
        _values.TryGetValue(parameter, out var value) ? new LayerArguments(_values.Remove(parameter).SetItem(name, value)) : this;

    /// <summary>True if the same is known of the same parameters.</summary>
    public bool IsLike(LayerArguments other) =>
        _values.Count == other._values.Count && _values.All(pair => other._values.TryGetValue(pair.Key, out var value)
            && (pair.Value is double[] x && value is double[] y ? x.SequenceEqual(y) : Equals(pair.Value, value)));

    /// <summary>The number that was given; null if it is not known.</summary>
    public double? Number(string parameter) => _values.TryGetValue(parameter, out var value)
        ? value switch { long number => number, double number => number, _ => null }
        : null;

    /// <summary>The whole number that was given; null if it is not known or not positive.</summary>
    public long? Count(string parameter) =>
        _values.TryGetValue(parameter, out var value) && value is long number and > 0 ? number : null;

    /// <summary>The numbers that were given as a list; null if they are not known.</summary>
    public IReadOnlyList<double>? Numbers(string parameter) => _values.TryGetValue(parameter, out var value) ? value as double[] : null;

    /// <summary>The truth value that was given; null if it is not known.</summary>
    public bool? Flag(string parameter) => _values.TryGetValue(parameter, out var value) ? value as bool? : null;

    /// <summary>True if there is no such parameter, or it is not known what it was given.</summary>
    public bool IsMissing(string parameter) => !_values.ContainsKey(parameter);

    /// <summary>True if null was given, by hand or by default.</summary>
    public bool IsNull(string parameter) => _values.TryGetValue(parameter, out var value) && value is null;

    /// <summary>Sizes over some dimensions, given as one number for all or as one for each; null if they are not known.</summary>
    public EquatableList<long>? Sizes(string parameter, int dimensions) =>
        !_values.TryGetValue(parameter, out var value) ? null : value switch
        {
            long size and >= 0 and < 100_000 => new EquatableList<long>(Enumerable.Repeat(size, dimensions).ToArray()),
            double[] sizes when sizes.Length == dimensions && sizes.All(size => size is >= 0 and < 100_000) =>
                new EquatableList<long>(sizes.Select(size => (long)size).ToArray()),
            _ => null,
        };

    /// <summary>The product of a size over some dimensions, given as one number for all or as one for each; null if it is not known.</summary>
    public long? Product(string parameter, int dimensions)
    {
        if (!_values.TryGetValue(parameter, out var value))
        {
            return null;
        }

        var product = 1L;
        switch (value)
        {
            case long size and > 0 and < 100_000:
                for (var i = 0; i < dimensions; i++)
                {
                    product *= size;
                }

                return product;
            case double[] sizes when sizes.Length == dimensions && sizes.All(size => size is > 0 and < 100_000):
                return sizes.Aggregate(1L, (total, size) => total * (long)size);
            default:
                return null;
        }
    }
}
