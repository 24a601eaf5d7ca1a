namespace StabilityAnalyzers.GradientFlow;

/// <summary>The distribution that a bias is drawn from.</summary>
/// <param name="Mean">Mean of an element; null if it is not known.</param>
/// <param name="Variance">Variance of an element; null if it is not known. Ignored where it follows the fan-in.</param>
/// <param name="FollowsFanIn">True for TorchSharp's default, U(+-1/sqrt(fan_in)): variance 1/(3 fan_in).</param>
public sealed record BiasInitializer(double? Mean, double? Variance, bool FollowsFanIn = false)
{
    /// <summary>TorchSharp's default for <c>Linear</c> and <c>Conv*</c>: U(+-1/sqrt(fan_in)).</summary>
    public static BiasInitializer TorchDefault { get; } = new(0, 0, FollowsFanIn: true);

    /// <summary>All zero.</summary>
    public static BiasInitializer Zero { get; } = new(0, 0);

    /// <summary>A bias whose values are not known.</summary>
    public static BiasInitializer Unknown { get; } = new(null, null);

    /// <summary>Variance of an element for a weight with these fans; null if it is not known.</summary>
    public double? VarianceFor(Fans fans) => FollowsFanIn ? 1 / (3 * fans.In) : Variance;
}
