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
        if (initializer.Family == InitializerFamily.Xavier)
        {
            var xavier = $"{init}.xavier_{distribution}_({weight}";
            return initializer.Gain == 1 ? xavier + ")"
                : activation.Name == "tanh" ? $"{xavier}, {init}.calculate_gain({init}.NonlinearityType.Tanh))"
                : $"{xavier}, {Number(initializer.Gain)})";
        }

        // calculate_gain of LeakyReLU is sqrt(2 / (1 + a^2)).
        return activation.Name is "leaky_relu" or "prelu" or "rrelu"
            ? $"{init}.kaiming_{distribution}_({weight}, {Number(activation.Parameters[0])})"
            : $"{init}.kaiming_{distribution}_({weight}, nonlinearity: {init}.NonlinearityType.ReLU)";
    }

    /// <summary>An initialiser for people.</summary>
    public static string Name(FittingInitializer initializer) => initializer.Family == InitializerFamily.He ? "He"
        : initializer.Gain == 1 ? "Xavier"
        : Math.Abs(initializer.Gain - (5.0 / 3)) < 1e-9 ? "Xavier (gain 5/3)"
        : $"Xavier (gain {Number(initializer.Gain)})";

    private static string Number(double value) => value.ToString("0.0###", CultureInfo.InvariantCulture);
}
