namespace StabilityAnalyzers.RunLog;

/// <summary>IDs of the faults that are measured in a run. An ID never changes its meaning.</summary>
public static class RuleIds
{
    /// <summary>The gradient vanishes on its way to the first layers.</summary>
    public const string VanishingGradient = "STAB9001";

    /// <summary>The gradient explodes on its way to the first layers, or from step to step.</summary>
    public const string ExplodingGradient = "STAB9002";

    /// <summary>A gradient, an error signal or the loss is NaN or infinite.</summary>
    public const string NonFinite = "STAB9003";

    /// <summary>A layer that asks for a gradient never gets one.</summary>
    public const string MissingGradient = "STAB9005";
}
