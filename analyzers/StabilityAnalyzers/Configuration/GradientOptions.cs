using System.Globalization;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Configuration;

/// <summary>The options <c>stability.gradient_flow.*</c> of an <c>.editorconfig</c>. A value that cannot be used counts as missing.</summary>
internal sealed class GradientOptions
{
    /// <summary>The options, with the numbers that each takes.</summary>
    public static readonly IReadOnlyList<NumberOption> All =
    [
        new("stability.gradient_flow.vanishing_threshold", 0, 1),
        new("stability.gradient_flow.shrinking_threshold", 0, 1),
        new("stability.gradient_flow.exploding_threshold", 1, double.PositiveInfinity),
        new("stability.gradient_flow.growing_threshold", 1, double.PositiveInfinity),
        new("stability.gradient_flow.recurrent_steps", 0, double.PositiveInfinity),
    ];

    private readonly AnalyzerConfigOptions? _options;

    /// <param name="options">The options of a file; null for the defaults.</param>
    public GradientOptions(AnalyzerConfigOptions? options) => _options = options;

    /// <summary>Depth factor below which training fails; null if the optimizer decides.</summary>
    public double? Vanishing => Get(0);

    /// <summary>Depth factor below which the gradient is said to shrink.</summary>
    public double Shrinking => Get(1) ?? 0.05;

    /// <summary>Depth factor, or RMS of an output, above which it is called an explosion.</summary>
    public double Exploding => Get(2) ?? 70;

    /// <summary>True if the user has set that limit.</summary>
    public bool IsExplodingSet => Get(2) is not null;

    /// <summary>Depth factor, or RMS of an output, above which something is said to grow.</summary>
    public double Growing => Get(3) ?? 20;

    /// <summary>Time steps over which a recurrent layer is expected to carry a gradient where the sequence is not known.</summary>
    public double RecurrentSteps => Get(4) ?? 10;

    /// <summary>True if the user has said so.</summary>
    public bool IsRecurrentStepsSet => Get(4) is not null;

    private double? Get(int option) => _options is null ? null : All[option].Read(_options);
}

/// <summary>An option that is a number between two bounds, both excluded.</summary>
/// <param name="Key">Its name in the <c>.editorconfig</c>.</param>
/// <param name="Low">The number must be greater.</param>
/// <param name="High">The number must be less.</param>
internal sealed record NumberOption(string Key, double Low, double High)
{
    /// <summary>The number; null if the option is missing or cannot be used.</summary>
    /// <param name="options">Options of a file.</param>
    public double? Read(AnalyzerConfigOptions options) =>
        options.TryGetValue(Key, out var text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number > Low && number < High
                ? number
                : null;

    /// <summary>What an option says that cannot be used; null if it can, or is missing.</summary>
    /// <param name="options">Options of a file.</param>
    public string? BadValue(AnalyzerConfigOptions options) =>
        options.TryGetValue(Key, out var text) && Read(options) is null ? text : null;

    /// <summary>The numbers that it takes, for people.</summary>
    public string Range => double.IsInfinity(High)
        ? $"greater than {Low.ToString(CultureInfo.InvariantCulture)}"
        : $"between {Low.ToString(CultureInfo.InvariantCulture)} and {High.ToString(CultureInfo.InvariantCulture)}";
}
