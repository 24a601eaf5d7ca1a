namespace StabilityAnalyzers.RunLog;

/// <summary>By how much a step of the optimizer changes a parameter, as a share of it.</summary>
internal static class UpdateRatio
{
    /// <summary>Norm of the change / norm of the parameter; null if either is unknown, or the parameter is zero.</summary>
    public static double? Of(ParameterRecord parameter) =>
        parameter is { Update: { IsFinite: true, Count: > 0 } update, WeightNorm: > 0 and var norm }
        && update.L2 / norm is var ratio && double.IsFinite(ratio) ? ratio : null;

    /// <summary>
    /// Whether a parameter is judged by its ratio: a weight that is trained. Biases begin at or near zero, and so do scales of
    /// residual branches, and their ratio says nothing.
    /// </summary>
    public static bool IsJudged(ParameterRecord parameter) =>
        parameter is { RequiresGrad: not false, Gradient: { IsFinite: true, FiniteCount: > 1 } }
        && (parameter.Path == "weight" || parameter.Path.EndsWith(".weight", StringComparison.Ordinal)
            || parameter.Path.Contains("weight_", StringComparison.Ordinal));
}
