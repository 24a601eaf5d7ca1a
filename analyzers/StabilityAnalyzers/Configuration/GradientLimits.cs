namespace StabilityAnalyzers.Configuration;

/// <summary>How far a gradient may shrink or grow, by the optimizer and by what the user says.</summary>
/// <remarks>
/// The limits of vanishing and explosion follow from training experiments with the optimizers of TorchSharp, whose table and
/// curves are on the page <c>calibration.md</c>: at most one network in ten still trains beyond them.
/// </remarks>
/// <param name="options">What the <c>.editorconfig</c> says.</param>
/// <param name="optimizer">
/// Finds the optimizer that trains the model, null if none is in sight. It looks through the compilation, and is asked only where
/// the answer decides.
/// </param>
internal sealed class GradientLimits(GradientOptions options, Func<VisibleOptimizer?> optimizer)
{
    // The greatest of the limits below; what is above it vanishes for no optimizer.
    private const double GreatestVanishing = 3e-5;

    // The square of a float32 is infinite from here on, and with it the second moment that an optimizer keeps.
    private const double LargestSquare = 1.8e19;

    // Where an explosion fails under gradient descent.
    private const double GreatestForGradientDescent = 3e5;

    private readonly Lazy<VisibleOptimizer?> _optimizer = new(optimizer);

    /// <summary>What the <c>.editorconfig</c> says.</summary>
    public GradientOptions Options => options;

    /// <summary>The optimizer that trains the model; null if none is in sight.</summary>
    public VisibleOptimizer? Optimizer => _optimizer.Value;

    /// <summary>The same if the judgement depended on it; null if it did not.</summary>
    public VisibleOptimizer? DecisiveOptimizer => _optimizer.IsValueCreated ? _optimizer.Value : null;

    private OptimizerFamily Family => Optimizer?.Family ?? OptimizerFamily.Other;

    /// <summary>The least depth factor that is healthy.</summary>
    public double LeastHealthy => Math.Max(Shrinking, Options.Vanishing ?? 0);

    /// <summary>The greatest depth factor, and RMS of a layer's output, that is healthy.</summary>
    public double GreatestHealthy => Math.Min(Growing, Exploding);

    /// <summary>True if training fails of a gradient that shrinks.</summary>
    /// <param name="depthFactor">The least depth factor.</param>
    /// <param name="activation">Name of the activation that shrinks the gradient most.</param>
    public bool FailsOfVanishing(double depthFactor, string activation) =>
        depthFactor < (Options.Vanishing ?? GreatestVanishing) && depthFactor < Vanishing(activation);

    // The depth factor below which training fails.
    private double Vanishing(string activation) => Options.Vanishing ?? (Family, activation) switch
    {
        (OptimizerFamily.GradientDescent, "tanh" or "sigmoid") => GreatestVanishing,
        (OptimizerFamily.GradientDescent, _) => 3e-6,
        (OptimizerFamily.Adam, "tanh") => GreatestVanishing,
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
        || (isChaotic ? depthFactor > 100
            : Math.Max(1, depthFactor) * Math.Max(1, signal) > GreatestForGradientDescent && Family == OptimizerFamily.GradientDescent);
}
