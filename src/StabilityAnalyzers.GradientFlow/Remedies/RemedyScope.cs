namespace StabilityAnalyzers.GradientFlow;

/// <summary>At which nodes a remedy may change the structure of a model: what the code that defines it lets one do.</summary>
/// <param name="CanNormalize">Whether a <c>LayerNorm</c> can be put before an activation node.</param>
/// <param name="CanShortcut">Whether the input of its layer can be added to the output of an activation node.</param>
/// <param name="CanScale">Whether the branch of a sum can be scaled.</param>
public sealed record RemedyScope(Func<int, bool> CanNormalize, Func<int, bool> CanShortcut, Func<int, bool> CanScale)
{
    /// <summary>Every change is possible.</summary>
    public static RemedyScope Everywhere { get; } = new(_ => true, _ => true, _ => true);
}
