namespace StabilityAnalyzers.GradientFlow;

/// <summary>The families of initialisers that a remedy proposes.</summary>
public enum InitializerFamily
{
    /// <summary>Variance gain^2 / fan_in (He 2015).</summary>
    He,

    /// <summary>Variance 2 gain^2 / (fan_in + fan_out) (Glorot 2010).</summary>
    Xavier,

    /// <summary>Orthonormal rows or columns, times the gain (Saxe 2013).</summary>
    Orthogonal,
}

/// <summary>An initialiser that fits an activation.</summary>
/// <param name="Family">Which family.</param>
/// <param name="Gain">Factor on the standard deviation.</param>
public sealed record FittingInitializer(InitializerFamily Family, double Gain)
{
    /// <summary>The initialiser for the weight whose output goes into an activation, in order of preference.</summary>
    /// <remarks>
    /// Piecewise linear rectifiers: He with the gain that keeps both second moments exactly. tanh: Xavier with 5/3, the value
    /// of <c>calculate_gain</c>, which holds the variance of a deep stack where 1 lets it fall slowly. GELU, SiLU, Mish and
    /// Softplus have no exact gain; first He, as is usual, then Xavier with the forward gain 1/sqrt(E[phi(Z)^2]). SELU is made
    /// for gain 1 (Klambauer 2017). For sigmoid no gain keeps the gradient: Xavier with 1 is the least bad usual choice.
    /// </remarks>
    /// <param name="activation">The activation.</param>
    public static IReadOnlyList<FittingInitializer> For(Activation activation)
    {
        switch (activation.Name)
        {
            case "relu":
            case "relu6":
            case "hardswish":
                return [new(InitializerFamily.He, Math.Sqrt(2))];
            case "leaky_relu":
            case "prelu":
            case "rrelu":
                var slope = activation.Parameters[0];
                return [new(InitializerFamily.He, Math.Sqrt(2 / (1 + (slope * slope))))];
            case "tanh":
                return [new(InitializerFamily.Xavier, 5.0 / 3)];
            case "identity":
            case "selu":
            case "sigmoid":
            case "hardsigmoid":
            case "log_sigmoid":
                return [new(InitializerFamily.Xavier, 1)];
            default:
                var gain = 1 / Math.Sqrt(ActivationMoments.Of(activation, 0, 1).SecondMoment);
                return [new(InitializerFamily.He, Math.Sqrt(2)), new(InitializerFamily.Xavier, Math.Round(gain, 3))];
        }
    }

    /// <summary>As it enters a graph.</summary>
    public WeightInitializer ToWeightInitializer() => Family switch
    {
        InitializerFamily.He => WeightInitializer.Kaiming(Gain),
        InitializerFamily.Xavier => WeightInitializer.Xavier(Gain),
        _ => WeightInitializer.Orthogonal(Gain),
    };
}
