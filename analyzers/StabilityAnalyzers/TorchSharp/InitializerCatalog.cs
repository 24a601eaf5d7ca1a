using System.Collections.Immutable;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>
/// The functions of <c>torch.nn.init</c> as TorchSharp 0.107 computes them, which is not always what their names say. A
/// test resolves every entry and parameter against the assembly, and finds no initialiser that is missing here.
/// </summary>
internal static class InitializerCatalog
{
    /// <summary>The initialisers, by name.</summary>
    public static ImmutableDictionary<string, InitializerEntry> ByName { get; } = new InitializerEntry[]
    {
        Xavier("xavier_uniform_"),
        Xavier("glorot_uniform_"),

        // Both draw uniformly; the variance is that of the name.
        Xavier("xavier_normal_"),
        Xavier("glorot_normal_"),
        Kaiming("kaiming_uniform_"),
        Kaiming("kaiming_normal_"),
        new("orthogonal_", InitializerKind.Orthogonal, ["gain"], a => a.Number("gain") is { } gain ? WeightInitializer.Orthogonal(gain) : null),
        new("normal_", InitializerKind.Fixed, ["mean", "std"], a => a.Number("mean") is { } mean && a.Number("std") is { } std ? WeightInitializer.Normal(mean, std) : null),
        new("uniform_", InitializerKind.Fixed, ["low", "high"], a => a.Number("low") is { } low && a.Number("high") is { } high ? WeightInitializer.Uniform(low, high) : null),
        new("constant_", InitializerKind.Fixed, ["val"], a => a.Number("val") is { } value ? WeightInitializer.Constant(value) : null),
        new("ones_", InitializerKind.Fixed, [], _ => WeightInitializer.Constant(1)),
        new("zeros_", InitializerKind.Fixed, [], _ => WeightInitializer.Constant(0)),

        // It multiplies by the mean and adds the standard deviation: without a mean every element is the same.
        new(
            "trunc_normal_",
            InitializerKind.Fixed,
            ["mean", "std", "a", "b"],
            a => a.Number("mean") is 0 && a.Number("std") is { } std && a.Number("a") is { } low && a.Number("b") is { } high
                ? WeightInitializer.Fixed("trunc_normal", Math.Min(Math.Max(std, low), high), 0)
                : null),
        new(
            "sparse_",
            InitializerKind.Fixed,
            ["sparsity", "std"],
            a => a.Number("sparsity") is >= 0 and <= 1 and var sparsity && a.Number("std") is { } std
                ? WeightInitializer.Fixed("sparse", 0, std * std * (1 - sparsity))
                : null),

        // Their weights are not random: what they do depends on the input.
        new("eye_", InitializerKind.Fixed, [], _ => WeightInitializer.Identity),
        new("dirac_", InitializerKind.Fixed, [], _ => null),
    }.ToImmutableDictionary(entry => entry.Name);

    /// <summary>What <c>calculate_gain</c> returns; null for an unknown nonlinearity.</summary>
    /// <param name="nonlinearity">A value of <c>NonlinearityType</c>.</param>
    /// <param name="parameter">The slope, for LeakyReLU.</param>
    public static double? Gain(long nonlinearity, double parameter) => nonlinearity switch
    {
        >= 0 and <= 7 => 1,
        8 => 5.0 / 3,
        9 => Math.Sqrt(2),
        10 => Math.Sqrt(2 / (1 + (parameter * parameter))),
        _ => null,
    };

    private static InitializerEntry Xavier(string name) => new(
        name, InitializerKind.Xavier, ["gain"], a => a.Number("gain") is { } gain ? WeightInitializer.Xavier(gain) : null);

    private static InitializerEntry Kaiming(string name) => new(
        name,
        InitializerKind.Kaiming,
        ["a", "mode", "nonlinearity"],
        a => a.Number("a") is { } slope
            && a.Number("nonlinearity") is { } nonlinearity
            && Gain((long)nonlinearity, slope) is { } gain
            && a.Number("mode") is 0 or 1
                ? WeightInitializer.Kaiming(gain, a.Number("mode") is 0 ? FanMode.In : FanMode.Out)
                : null);
}
