using System.Collections.Immutable;
using StabilityAnalyzers.Extraction;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Symbols;

/// <summary>The elementwise activations of TorchSharp 0.107. A test resolves every entry and parameter against the assembly.</summary>
internal static class ActivationCatalog
{
    /// <summary>The entries, by name of the module's class.</summary>
    public static ImmutableDictionary<string, ActivationEntry> ByName { get; } = new[]
    {
        Fixed("ReLU", "relu", Activations.ReLU),
        Fixed("ReLU6", "relu6", Activations.ReLU6),
        Fixed("Sigmoid", "sigmoid", Activations.Sigmoid),
        Fixed("Tanh", "tanh", Activations.Tanh),
        Fixed("LogSigmoid", "logsigmoid", Activations.LogSigmoid),
        Fixed("SELU", "selu", Activations.SELU),
        Fixed("GELU", "gelu", Activations.GELU),
        Fixed("SiLU", "silu", Activations.SiLU),
        Fixed("Mish", "mish", Activations.Mish),
        Fixed("Hardswish", "hardswish", Activations.Hardswish),
        Fixed("Hardsigmoid", "hardsigmoid", Activations.Hardsigmoid),
        Fixed("Softsign", "softsign", Activations.Softsign),
        Fixed("Tanhshrink", "tanhshrink", Activations.Tanhshrink),
        One("LeakyReLU", "leaky_relu", "negative_slope", Activations.LeakyReLU),
        One("ELU", "elu", "alpha", Activations.ELU),
        One("CELU", "celu", "alpha", Activations.CELU),
        One("Softplus", "softplus", "beta", Activations.Softplus),
        One("Hardshrink", "hardshrink", "lambda", Activations.Hardshrink),
        One("Softshrink", "softshrink", "lambda", Activations.Softshrink),
        One("PReLU", "", "init", Activations.PReLU),
        Two("RReLU", "rrelu", "lower", "upper", Activations.RReLU),
        new("Hardtanh", "hardtanh", ["min_val", "max_val", "inplace"], Hardtanh),
        Two("Threshold", "threshold", "threshold", "value", Activations.Threshold),
    }.ToImmutableDictionary(entry => entry.Name);

    /// <summary>The entries that are functions, by name of the function.</summary>
    public static ImmutableDictionary<string, ActivationEntry> ByFunction { get; } =
        ByName.Values.Where(entry => entry.Function.Length > 0).ToImmutableDictionary(entry => entry.Function);

    // In 0.107 it returns its input as it is where it is not to work in place.
    private static Activation? Hardtanh(LayerArguments a) => a.Flag("inplace") switch
    {
        false => Activations.Identity,
        true => a.Number("min_val") is { } min && a.Number("max_val") is { } max ? Activations.Hardtanh(min, max) : null,
        null => null,
    };

    private static ActivationEntry Fixed(string name, string function, Activation activation) => new(name, function, [], _ => activation);

    private static ActivationEntry One(string name, string function, string parameter, Func<double, Activation> create) =>
        new(name, function, [parameter], a => a.Number(parameter) is { } value && value != 0 ? create(value) : null);

    private static ActivationEntry Two(string name, string function, string first, string second, Func<double, double, Activation> create) =>
        new(name, function, [first, second], a => a.Number(first) is { } x && a.Number(second) is { } y ? create(x, y) : null);
}
