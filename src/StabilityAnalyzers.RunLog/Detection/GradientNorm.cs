namespace StabilityAnalyzers.RunLog;

/// <summary>Euclidean norm of all gradients of a step together.</summary>
internal static class GradientNorm
{
    /// <summary>The norm; null if there is no gradient, or one of them is not finite.</summary>
    public static double? Of(StepRecord step)
    {
        var largest = 0.0;
        var any = false;
        foreach (var parameter in step.Parameters)
        {
            if (parameter.Gradient is { } gradient)
            {
                if (!gradient.IsFinite || !double.IsFinite(gradient.L2))
                {
                    return null;
                }

                any = true;
                largest = Math.Max(largest, gradient.L2);
            }
        }

        // Scaled, so that no square overflows.
        return !any ? null
            : largest <= 0 ? 0
            : largest * Math.Sqrt(step.Parameters.Sum(parameter => parameter.Gradient is { } gradient ? Math.Pow(gradient.L2 / largest, 2) : 0))
                is var norm && double.IsFinite(norm) ? norm : null;
    }
}
