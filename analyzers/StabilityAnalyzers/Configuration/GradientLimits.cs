namespace StabilityAnalyzers.Configuration;

/// <summary>How far a gradient may shrink or grow, by the optimizer and by what the user says.</summary>
/// <remarks>
/// The limits of vanishing follow from training experiments with the optimizers of TorchSharp, whose table and curve are on
/// the page <c>calibration.md</c>.
/// </remarks>
/// <param name="Options">What the <c>.editorconfig</c> says.</param>
/// <param name="Optimizer">The optimizer that trains the model; null if none is in sight.</param>
internal sealed record GradientLimits(GradientOptions Options, VisibleOptimizer? Optimizer)
{
    /// <summary>The depth factor below which training fails.</summary>
    /// <param name="activation">Name of the activation that shrinks the gradient most.</param>
    public double Vanishing(string activation) => Options.Vanishing ?? VanishingByOptimizer(Optimizer?.Family ?? OptimizerFamily.Tolerant, activation);

    /// <summary>The depth factor below which it is worth knowing: six depth scales (Schoenholz 2017).</summary>
    public double Shrinking => Options.Shrinking;

    /// <summary>The depth factor, or RMS of a layer's output, above which training fails.</summary>
    public double Exploding => Options.Exploding;

    /// <summary>The depth factor, or RMS of a layer's output, above which it is worth knowing.</summary>
    public double Growing => Options.Growing;

    // Optimizers of the Adam family rescale small gradients and hold until their epsilon where activations do not
    // saturate. Without an optimizer in sight the limit is that of the most tolerant.
    private static double VanishingByOptimizer(OptimizerFamily family, string activation) => (family, activation) switch
    {
        (OptimizerFamily.GradientDescent, _) => 1e-3,
        (_, "tanh") => 1e-3,
        (_, "sigmoid") => 1e-4,
        _ => 1e-8,
    };
}
