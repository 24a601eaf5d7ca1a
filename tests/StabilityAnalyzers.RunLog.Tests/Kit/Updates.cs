namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>Runs of two weights and a bias with updates.</summary>
internal static class Updates
{
    /// <summary>A step in which the first weight changes by this share and has this gradient; the other one is healthy.</summary>
    public static StepRecord Step(
        long step, double ratio, double gradient = 1e-3, double norm = 1, double? loss = null, double other = 1e-3, bool? requiresGrad = true) => Some.Step(
        step,
        loss,
        [
            Parameter("first.weight", ratio, gradient, norm) with { RequiresGrad = requiresGrad },
            Parameter("first.bias", 0.5, 1e-3, 0.01),
            Parameter("head.weight", other, 1e-3, 1),
        ]);

    public static ParameterRecord Parameter(string path, double ratio, double gradient, double norm, long count = 64) => new(
        path,
        Some.Uniform(gradient, count),
        norm,
        true,
        Some.Uniform(ratio * norm / Math.Sqrt(count), count));
}
