namespace StabilityAnalyzers.Configuration;

/// <summary>How far a gradient may shrink or grow, by the optimizer and by what the user says.</summary>
/// <remarks>
/// The limits of vanishing and explosion follow from training experiments with the optimizers of TorchSharp, whose table and
/// curves are on the page <c>calibration.md</c>: at most one network in ten still trains beyond them.
/// </remarks>
/// <param name="Options">What the <c>.editorconfig</c> says.</param>
/// <param name="Optimizer">The optimizer that trains the model; null if none is in sight.</param>
internal sealed record GradientLimits(GradientOptions Options, VisibleOptimizer? Optimizer)
{
    // The square of a float32 is infinite from here on, and with it the second moment that an optimizer keeps.
    private const double LargestSquare = 1.8e19;

    private OptimizerFamily Family => Optimizer?.Family ?? OptimizerFamily.Other;

    /// <summary>The depth factor below which training fails.</summary>
    /// <param name="activation">Name of the activation that shrinks the gradient most.</param>
    public double Vanishing(string activation) => Options.Vanishing ?? (Family, activation) switch
    {
        (OptimizerFamily.GradientDescent, "tanh" or "sigmoid") => 3e-5,
        (OptimizerFamily.GradientDescent, _) => 3e-6,
        (OptimizerFamily.Adam, "tanh") => 3e-5,
        (_, "tanh") => 1e-5,
        (_, "sigmoid") => 3e-7,
        (OptimizerFamily.RmsProp, _) => 1e-9,
        _ => 1e-10,
    };

    /// <summary>The depth factor below which it is worth knowing: six depth scales (Schoenholz 2017).</summary>
    public double Shrinking => Options.Shrinking;

    /// <summary>The depth factor, or RMS of a layer's output, above which it is called an explosion.</summary>
    public double Exploding => Options.Exploding;

    /// <summary>The depth factor, or RMS of a layer's output, above which it is worth knowing.</summary>
    public double Growing => Options.Growing;

    /// <summary>True if training fails of an explosion; false if it is known to succeed, or nothing is known of it.</summary>
    /// <param name="depthFactor">The greatest depth factor.</param>
    /// <param name="signal">The greatest RMS of a layer's output.</param>
    /// <param name="isChaotic">
    /// True for a plain stack of tanh: its signal is bounded, and a gradient that grows says that the smallest change of the
    /// input changes the output. Where an activation is nearly linear for large values, a network that explodes is one that is
    /// scaled, which does not matter to optimizers that rescale.
    /// </param>
    public bool FailsOfExplosion(double depthFactor, double signal, bool isChaotic) =>
        Options.IsExplodingSet || depthFactor > LargestSquare || signal > LargestSquare
        || (isChaotic ? depthFactor > 100 : Family == OptimizerFamily.GradientDescent && Math.Max(1, depthFactor) * Math.Max(1, signal) > 3e5);
}
