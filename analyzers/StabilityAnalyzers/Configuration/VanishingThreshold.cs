using System.Globalization;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Configuration;

/// <summary>Below which depth factor training fails, by what is known of the optimizer and by the activation that shrinks the gradient.</summary>
/// <remarks>
/// From training experiments with the optimizers of TorchSharp: plain and momentum SGD fail below 1e-3 with every
/// activation; the Adam family rescales small gradients and holds until its epsilon, about 1e-8, where the activations do
/// not saturate; tanh fails at 1e-3, sigmoid at 1e-4. Without an optimizer in sight, the limit is the one that every common
/// optimizer fails at.
/// </remarks>
internal static class VanishingThreshold
{
    /// <summary>The option that replaces all of this by one number.</summary>
    public const string Option = "stability.gradient_flow.vanishing_threshold";

    /// <summary>The limit for an activation with an optimizer of the Adam family, or an unknown one.</summary>
    /// <param name="activation">Name of the activation that shrinks the gradient most.</param>
    /// <param name="options">Options of the file.</param>
    public static double For(string activation, AnalyzerConfigOptions options) =>
        options.TryGetValue(Option, out var text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var configured)
            && configured is > 0 and < 1
                ? configured
                : For(activation);

    /// <summary>The limit without options.</summary>
    /// <param name="activation">Name of the activation that shrinks the gradient most.</param>
    public static double For(string activation) => activation switch
    {
        "tanh" => 1e-3,
        "sigmoid" => 1e-4,
        _ => 1e-8,
    };
}
