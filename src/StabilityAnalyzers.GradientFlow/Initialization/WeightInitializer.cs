namespace StabilityAnalyzers.GradientFlow;

/// <summary>Fan-in and fan-out of a weight, from its shape.</summary>
/// <param name="In">Inputs of one output element, times the receptive field.</param>
/// <param name="Out">Outputs that one input element reaches, times the receptive field.</param>
public readonly record struct Fans(double In, double Out)
{
    /// <summary>First dimension of the weight, where it is not the fan-out: a convolution has a receptive field besides. The other dimensions have the fan-in as their product.</summary>
    public double? Rows { get; init; }
}

/// <summary>
/// The distribution that a weight is drawn from. What propagation needs of it are mean and variance of one element.
/// </summary>
/// <param name="Name">Name for people, for example <c>Xavier uniform</c>.</param>
public abstract record WeightInitializer(string Name)
{
    /// <summary>TorchSharp's default for <c>Linear</c> and <c>Conv*</c>: kaiming_uniform_(a = sqrt 5), variance 1/(3 fan_in).</summary>
    public static WeightInitializer TorchDefault { get; } = new ScaledInitializer("default", FanMode.In, 1.0 / 3);

    /// <summary>Variance 2 gain^2 / (fan_in + fan_out) (Glorot 2010). In TorchSharp 0.107 the normal form draws uniformly, with this variance.</summary>
    /// <param name="gain">Factor on the standard deviation.</param>
    public static WeightInitializer Xavier(double gain = 1) => new ScaledInitializer("Xavier", FanMode.Average, gain * gain);

    /// <summary>Variance gain^2 / fan (He 2015); for ReLU gain^2 = 2.</summary>
    /// <param name="gain">The gain, as <c>calculate_gain</c> gives it; sqrt 2 for ReLU.</param>
    /// <param name="mode">Which fan.</param>
    public static WeightInitializer Kaiming(double gain = 1.4142135623730951, FanMode mode = FanMode.In) =>
        new ScaledInitializer("He", mode, gain * gain);

    /// <summary>Rows or columns orthonormal, times a gain (Saxe 2013): variance gain^2 min(1, fan_in / fan_out) / fan_in.</summary>
    /// <param name="gain">Factor on the matrix.</param>
    public static WeightInitializer Orthogonal(double gain = 1) => new OrthogonalInitializer(gain);

    /// <summary>The identity matrix (Le 2015): what it does depends on the input, but for the recurrent weights of a simple recurrent layer.</summary>
    public static WeightInitializer Identity { get; } = new IdentityInitializer();

    /// <summary>A fixed distribution that does not look at the shape.</summary>
    /// <param name="name">Name for people.</param>
    /// <param name="mean">Mean of an element.</param>
    /// <param name="variance">Variance of an element.</param>
    public static WeightInitializer Fixed(string name, double mean, double variance) => new FixedInitializer(name, mean, variance);

    /// <summary>Normal distribution with a fixed standard deviation.</summary>
    public static WeightInitializer Normal(double mean, double std) => Fixed("normal", mean, std * std);

    /// <summary>Uniform distribution between fixed bounds.</summary>
    public static WeightInitializer Uniform(double low, double high) =>
        Fixed("uniform", (low + high) / 2, (high - low) * (high - low) / 12);

    /// <summary>Every element the same value.</summary>
    public static WeightInitializer Constant(double value) => Fixed("constant", value, 0);

    /// <summary>An initialiser that is not understood.</summary>
    /// <param name="reason">Why, in words for a person.</param>
    public static WeightInitializer Unknown(string reason) => new UnknownInitializer(reason);

    /// <summary>Variance of one element; null if it is not known.</summary>
    /// <param name="fans">Fans of the weight that is initialised.</param>
    public abstract double? Variance(Fans fans);

    /// <summary>Mean of one element; null if it is not known.</summary>
    public virtual double? Mean => 0;
}

/// <summary>Which fan a variance is divided by.</summary>
public enum FanMode
{
    /// <summary>Fan-in: preserves the forward signal.</summary>
    In,

    /// <summary>Fan-out: preserves the gradient.</summary>
    Out,

    /// <summary>The mean of both.</summary>
    Average,
}

/// <summary>Variance scale / fan, whatever the distribution.</summary>
/// <param name="Name">Name for people.</param>
/// <param name="Mode">Which fan.</param>
/// <param name="Scale">The squared gain.</param>
public sealed record ScaledInitializer(string Name, FanMode Mode, double Scale) : WeightInitializer(Name)
{
    /// <inheritdoc/>
    public override double? Variance(Fans fans) => Scale / Mode switch
    {
        FanMode.In => fans.In,
        FanMode.Out => fans.Out,
        _ => (fans.In + fans.Out) / 2,
    };
}

/// <summary>Semi-orthogonal matrix times a gain.</summary>
/// <param name="Gain">Factor on the matrix.</param>
public sealed record OrthogonalInitializer(double Gain) : WeightInitializer("orthogonal")
{
    /// <inheritdoc/>
    public override double? Variance(Fans fans) => Gain * Gain / Math.Max(fans.In, fans.Rows ?? fans.Out);
}

/// <summary>The identity matrix; there is no distribution that it is drawn from.</summary>
public sealed record IdentityInitializer() : WeightInitializer("identity")
{
    /// <inheritdoc/>
    public override double? Mean => null;

    /// <inheritdoc/>
    public override double? Variance(Fans fans) => null;
}

/// <summary>Mean and variance that do not depend on the shape.</summary>
public sealed record FixedInitializer : WeightInitializer
{
    private readonly double mean;
    private readonly double variance;

    internal FixedInitializer(string name, double mean, double variance)
        : base(name)
    {
        this.mean = mean;
        this.variance = variance;
    }

    /// <inheritdoc/>
    public override double? Mean => mean;

    /// <inheritdoc/>
    public override double? Variance(Fans fans) => variance;
}

/// <summary>An initialiser that is not understood; what it does to the signal is unknown.</summary>
/// <param name="Reason">Why.</param>
public sealed record UnknownInitializer(string Reason) : WeightInitializer("unknown")
{
    /// <inheritdoc/>
    public override double? Mean => null;

    /// <inheritdoc/>
    public override double? Variance(Fans fans) => null;
}
