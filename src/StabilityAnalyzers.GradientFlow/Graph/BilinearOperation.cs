namespace StabilityAnalyzers.GradientFlow;

/// <summary>y_k = x1^T A_k x2 + b_k, of two inputs.</summary>
/// <param name="FirstFeatures">Width of the first input.</param>
/// <param name="SecondFeatures">Width of the second input.</param>
/// <param name="OutFeatures">Width of the output.</param>
/// <param name="Weight">How the weight is initialised.</param>
/// <param name="Bias">How the bias is initialised; null if there is none.</param>
public sealed record BilinearOperation(
    long FirstFeatures, long SecondFeatures, long OutFeatures, WeightInitializer Weight, BiasInitializer? Bias)
    : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Bilinear";

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>TorchSharp's default weight, U(+-1/sqrt(width of the first input)).</summary>
    /// <param name="firstFeatures">Width of the first input.</param>
    public static WeightInitializer DefaultWeight(long firstFeatures) => WeightInitializer.Fixed("default", 0, 1.0 / (3 * firstFeatures));

    /// <summary>TorchSharp's default bias, of the same distribution.</summary>
    /// <param name="firstFeatures">Width of the first input.</param>
    public static BiasInitializer DefaultBias(long firstFeatures) => new(0, 1.0 / (3 * firstFeatures));

    /// <summary>Fans as TorchSharp reads them from the weight [out, first, second].</summary>
    public Fans WeightFans => new((double)FirstFeatures * SecondFeatures, (double)OutFeatures * SecondFeatures) { Rows = OutFeatures };
}
