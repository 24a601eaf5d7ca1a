using System.Globalization;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.CodeFixes.Models;

/// <summary>Initialisers as calls of <c>torch.nn.init</c> and as words.</summary>
internal static class InitializerSyntax
{
    /// <summary>The call that gives a weight an initialiser.</summary>
    /// <param name="initializer">The initialiser.</param>
    /// <param name="activation">The activation that it is for.</param>
    /// <param name="weight">The weight as an expression.</param>
    /// <param name="init">How <c>torch.nn.init</c> is named here.</param>
    /// <param name="distribution">The distribution: <c>uniform</c> or <c>normal</c>.</param>
    public static string Call(
        FittingInitializer initializer, Activation activation, string weight, string init, string distribution = "uniform")
    {
        switch (initializer.Family)
        {
            case InitializerFamily.Orthogonal:
                return $"{init}.orthogonal_({weight}{Gain(initializer, activation, init)})";
            case InitializerFamily.Xavier:
                return $"{init}.xavier_{distribution}_({weight}{Gain(initializer, activation, init)})";
            default:
                // calculate_gain of LeakyReLU is sqrt(2 / (1 + a^2)).
                return activation.Name is "leaky_relu" or "prelu" or "rrelu"
                    ? $"{init}.kaiming_{distribution}_({weight}, {Number(activation.Parameters[0])})"
                    : $"{init}.kaiming_{distribution}_({weight}, nonlinearity: {init}.NonlinearityType.ReLU)";
        }
    }

    /// <summary>An initialiser for people.</summary>
    public static string Name(FittingInitializer initializer) => initializer.Family switch
    {
        InitializerFamily.He => "He",
        InitializerFamily.Orthogonal => "orthogonal matrices",
        _ => initializer.Gain == 1 ? "Xavier"
            : Math.Abs(initializer.Gain - (5.0 / 3)) < 1e-9 ? "Xavier (gain 5/3)"
            : $"Xavier (gain {Number(initializer.Gain)})",
    };

    private static string Gain(FittingInitializer initializer, Activation activation, string init) =>
        initializer.Gain == 1 ? ""
        : activation.Name == "tanh" ? $", {init}.calculate_gain({init}.NonlinearityType.Tanh)"
        : Math.Abs(initializer.Gain - Math.Sqrt(2)) < 1e-9 ? $", {init}.calculate_gain({init}.NonlinearityType.ReLU)"
        : $", {Number(initializer.Gain)}";

    private static string Number(double value) => value.ToString("0.0###", CultureInfo.InvariantCulture);
}
