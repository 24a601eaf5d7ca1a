using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>The initialisers of live weights: their mean and variance as they are, whatever drew them.</summary>
internal static class WeightMoments
{
    private const string Name = "measured";

    /// <summary>
    /// Standard errors by which the mean of a finite sample from a distribution of mean zero may be off: one weight in 500
    /// million is more. A mean that matters is far more: 0.5 standard deviations of 48 weights are 3.5 standard errors, of 4096
    /// weights 32.
    /// </summary>
    private const double StandardErrors = 6;

    /// <summary>
    /// The distribution of the elements of a weight. A mean that chance explains counts as zero, as the initialisers mean it.
    /// </summary>
    public static WeightInitializer Of(Parameter weight)
    {
        TensorStatistics statistics = TensorMeasurement.Measure(weight);
        if (!statistics.IsFinite)
        {
            return WeightInitializer.Unknown("the weight holds NaN or infinite elements");
        }

        return Math.Abs(statistics.Mean) <= StandardErrors * statistics.Std / Math.Sqrt(statistics.Count)
            ? WeightInitializer.Fixed(Name, 0, statistics.Rms * statistics.Rms)
            : WeightInitializer.Fixed(Name, statistics.Mean, statistics.Std * statistics.Std);
    }

    /// <summary>The distribution of the elements of a bias; null if there is none.</summary>
    public static BiasInitializer? OfBias(Tensor? bias)
    {
        if (bias is null)
        {
            return null;
        }

        TensorStatistics statistics = TensorMeasurement.Measure(bias);
        return statistics.IsFinite ? new BiasInitializer(statistics.Mean, statistics.Std * statistics.Std) : BiasInitializer.Unknown;
    }

    /// <summary>Whether every element of an optional parameter has a value.</summary>
    public static bool AreAll(Parameter? parameter, double value)
    {
        if (parameter is null)
        {
            return true;
        }

        TensorStatistics statistics = TensorMeasurement.Measure(parameter);
        return statistics.IsFinite && statistics.Min == value && statistics.Max == value;
    }
}
