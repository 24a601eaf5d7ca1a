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

    /// <summary>Every layer shrinks or grows the gradient, and the model is deeper than that allows.</summary>
    public const string GradientDecay = "STAB9004";

    /// <summary>The norm of the gradient or the loss jumps.</summary>
    public const string Spike = "STAB9006";

    /// <summary>A weight has a very small gradient and hardly changes.</summary>
    public const string StalledLayer = "STAB9007";

    /// <summary>A parameter has a gradient and no step changes it.</summary>
    public const string UnchangedParameter = "STAB9008";

    /// <summary>The steps of the optimizer are too long or too short for a weight.</summary>
    public const string UpdateRatio = "STAB9009";

    /// <summary>The loss does not fall.</summary>
    public const string LossPlateau = "STAB9010";

    /// <summary>The loss grows.</summary>
    public const string Divergence = "STAB9011";

    /// <summary>The loss goes up and down from sample to sample.</summary>
    public const string Oscillation = "STAB9012";

    /// <summary>Units of an activation are zero for every sample.</summary>
    public const string DeadUnits = "STAB9013";

    /// <summary>Units of a sigmoid or tanh are saturated.</summary>
    public const string Saturation = "STAB9014";

    /// <summary>The outputs of the layers are on very different scales.</summary>
    public const string ActivationScale = "STAB9015";

    /// <summary>The input is far from zero mean and a deviation of one.</summary>
    public const string InputScale = "STAB9016";

    /// <summary>The first loss is far above that of a model that knows nothing.</summary>
    public const string InitialLoss = "STAB9017";

    /// <summary>The output does not depend on the input.</summary>
    public const string ConstantPrediction = "STAB9018";

    /// <summary>Almost every step is clipped.</summary>
    public const string ClipEngagement = "STAB9019";

    /// <summary>The validation loss has parted from the training loss.</summary>
    public const string Overfit = "STAB9020";

    /// <summary>The gradient of a recurrent cell fades within the sequence.</summary>
    public const string RecurrentDecay = "STAB9021";
}
