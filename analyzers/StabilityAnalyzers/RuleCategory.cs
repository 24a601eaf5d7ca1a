namespace StabilityAnalyzers;

/// <summary>The categories of the rules; the first digit of a rule's ID says which is its own.</summary>
internal static class RuleCategory
{
    /// <summary>STAB0xxx: the options and files that steer the analyzers themselves.</summary>
    public const string Configuration = "Stability.Configuration";

    /// <summary>STAB1xxx: the predicted size of the gradient in a model.</summary>
    public const string GradientFlow = "Stability.GradientFlow";

    /// <summary>STAB2xxx: initialisers and the activations that follow.</summary>
    public const string Initialization = "Stability.Initialization";

    /// <summary>STAB3xxx: the order and completeness of what a training loop does.</summary>
    public const string TrainingLoop = "Stability.TrainingLoop";

    /// <summary>STAB4xxx: expressions that lose precision or leave the range of numbers.</summary>
    public const string Numerics = "Stability.Numerics";

    /// <summary>STAB5xxx: how TorchSharp itself is used.</summary>
    public const string Usage = "Stability.Usage";

    /// <summary>STAB9xxx: what a recorded training run measured.</summary>
    public const string Evidence = "Stability.Evidence";
}
