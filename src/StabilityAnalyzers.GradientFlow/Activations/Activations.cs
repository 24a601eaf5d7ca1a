namespace StabilityAnalyzers.GradientFlow;

/// <summary>The elementwise activations of TorchSharp, with the default parameters of their factories.</summary>
public static class Activations
{
    private const double SeluAlpha = 1.6732632423543772;
    private const double SeluScale = 1.0507009873554805;

    /// <summary>x.</summary>
    public static Activation Identity { get; } = new("identity", x => x, _ => 1);

    /// <summary>max(0, x).</summary>
    public static Activation ReLU { get; } = new("relu", x => x > 0 ? x : 0, x => x > 0 ? 1 : 0, [0]);

    /// <summary>min(max(0, x), 6).</summary>
    public static Activation ReLU6 { get; } =
        new("relu6", x => Math.Min(Math.Max(0, x), 6), x => x > 0 && x < 6 ? 1 : 0, [0, 6]);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Activation Sigmoid { get; } = new("sigmoid", Logistic, x => Logistic(x) * (1 - Logistic(x)));

    /// <summary>tanh x.</summary>
    public static Activation Tanh { get; } = new("tanh", Math.Tanh, x => 1 - Square(Math.Tanh(x)));

    /// <summary>log(1 / (1 + exp(-x))).</summary>
    public static Activation LogSigmoid { get; } = new("log_sigmoid", x => -SoftplusValue(-x), x => 1 - Logistic(x));

    /// <summary>Scaled ELU with the fixed constants of Klambauer 2017.</summary>
    public static Activation SELU { get; } = new(
        "selu",
        x => x > 0 ? SeluScale * x : SeluScale * SeluAlpha * (Math.Exp(x) - 1),
        x => x > 0 ? SeluScale : SeluScale * SeluAlpha * Math.Exp(x),
        [0]);

    /// <summary>x Phi(x), with the error function.</summary>
    public static Activation GELU { get; } = new(
        "gelu", x => x * Normal.Cumulative(x), x => Normal.Cumulative(x) + (x * Normal.Density(x)));

    /// <summary>x sigmoid(x), also called swish.</summary>
    public static Activation SiLU { get; } = new(
        "silu", x => x * Logistic(x), x => Logistic(x) * (1 + (x * (1 - Logistic(x)))));

    /// <summary>x tanh(softplus(x)).</summary>
    public static Activation Mish { get; } = new("mish", x => x * Math.Tanh(SoftplusValue(x)), MishDerivative);

    /// <summary>x min(max(0, x + 3), 6) / 6.</summary>
    public static Activation Hardswish { get; } = new(
        "hardswish",
        x => x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6,
        x => x <= -3 ? 0 : x >= 3 ? 1 : ((2 * x) + 3) / 6,
        [-3, 3]);

    /// <summary>min(max(0, x + 3), 6) / 6.</summary>
    public static Activation Hardsigmoid { get; } = new(
        "hardsigmoid", x => Math.Min(Math.Max(0, (x + 3) / 6), 1), x => x > -3 && x < 3 ? 1.0 / 6 : 0, [-3, 3]);

    /// <summary>x / (1 + |x|).</summary>
    public static Activation Softsign { get; } =
        new("softsign", x => x / (1 + Math.Abs(x)), x => 1 / Square(1 + Math.Abs(x)), [0]);

    /// <summary>x - tanh x.</summary>
    public static Activation Tanhshrink { get; } = new("tanhshrink", x => x - Math.Tanh(x), x => Square(Math.Tanh(x)));

    /// <summary>erf x.</summary>
    public static Activation Erf { get; } = new(
        "erf", x => (2 * Normal.Cumulative(x * Math.Sqrt(2))) - 1, x => 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x));

    /// <summary>x for x > 0, else slope * x.</summary>
    /// <param name="slope">The slope on the negative side; TorchSharp's default is 0.01.</param>
    public static Activation LeakyReLU(double slope = 0.01) => Leaky("leaky_relu", slope);

    /// <summary>LeakyReLU with a trained slope, which starts at 0.25.</summary>
    /// <param name="slope">The slope that it starts with.</param>
    public static Activation PReLU(double slope = 0.25) => Leaky("prelu", slope);

    /// <summary>
    /// LeakyReLU with a random slope U(lower, upper). Represented by the slope whose square is the mean square, which keeps
    /// both second moments exactly.
    /// </summary>
    /// <param name="lower">Least slope.</param>
    /// <param name="upper">Greatest slope.</param>
    public static Activation RReLU(double lower = 1.0 / 8, double upper = 1.0 / 3) =>
        Leaky("rrelu", Math.Sqrt(((lower * lower) + (lower * upper) + (upper * upper)) / 3));

    /// <summary>x for x > 0, else alpha (exp(x) - 1).</summary>
    /// <param name="alpha">The limit for large negative arguments, with opposite sign.</param>
    public static Activation ELU(double alpha = 1) => new(
        "elu", x => x > 0 ? x : alpha * (Math.Exp(x) - 1), x => x > 0 ? 1 : alpha * Math.Exp(x), [0], alpha);

    /// <summary>x for x > 0, else alpha (exp(x / alpha) - 1).</summary>
    /// <param name="alpha">The limit for large negative arguments, with opposite sign.</param>
    public static Activation CELU(double alpha = 1) => new(
        "celu", x => x > 0 ? x : alpha * (Math.Exp(x / alpha) - 1), x => x > 0 ? 1 : Math.Exp(x / alpha), [0], alpha);

    /// <summary>log(1 + exp(beta x)) / beta.</summary>
    /// <param name="beta">Sharpness.</param>
    public static Activation Softplus(double beta = 1) => new(
        "softplus", x => SoftplusValue(beta * x) / beta, x => Logistic(beta * x), null, beta);

    /// <summary>x limited to the range from min to max.</summary>
    /// <param name="min">Lower limit.</param>
    /// <param name="max">Upper limit.</param>
    public static Activation Hardtanh(double min = -1, double max = 1) => new(
        "hardtanh", x => Math.Min(Math.Max(min, x), max), x => x > min && x < max ? 1 : 0, [min, max], min, max);

    /// <summary>x outside [-lambda, lambda], else 0.</summary>
    /// <param name="lambda">Half width of the dead zone.</param>
    public static Activation Hardshrink(double lambda = 0.5) => new(
        "hardshrink", x => Math.Abs(x) > lambda ? x : 0, x => Math.Abs(x) > lambda ? 1 : 0, [-lambda, lambda], lambda);

    /// <summary>x moved towards 0 by lambda, and 0 within it.</summary>
    /// <param name="lambda">Half width of the dead zone.</param>
    public static Activation Softshrink(double lambda = 0.5) => new(
        "softshrink",
        x => x > lambda ? x - lambda : x < -lambda ? x + lambda : 0,
        x => Math.Abs(x) > lambda ? 1 : 0,
        [-lambda, lambda],
        lambda);

    /// <summary>x above the threshold, else a constant.</summary>
    /// <param name="threshold">The threshold.</param>
    /// <param name="replacement">The constant.</param>
    public static Activation Threshold(double threshold, double replacement) => new(
        "threshold", x => x > threshold ? x : replacement, x => x > threshold ? 1 : 0, [threshold], threshold, replacement);

    private static Activation Leaky(string name, double slope) =>
        new(name, x => x > 0 ? x : slope * x, x => x > 0 ? 1 : slope, [0], slope);

    private static double Square(double x) => x * x;

    private static double Logistic(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static double SoftplusValue(double x) => x > 30 ? x : x < -30 ? Math.Exp(x) : Math.Log(1 + Math.Exp(x));

    private static double MishDerivative(double x)
    {
        var t = Math.Tanh(SoftplusValue(x));
        return t + (x * (1 - (t * t)) * Logistic(x));
    }
}
