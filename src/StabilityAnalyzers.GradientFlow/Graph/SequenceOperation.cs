namespace StabilityAnalyzers.GradientFlow;

/// <summary>Puts vectors and sequences one behind the other as one sequence: <c>stack</c> and <c>cat</c> over time.</summary>
/// <param name="Name">The function.</param>
/// <param name="AreVectors">For each input whether it is one position and not a sequence.</param>
public sealed record SequenceOperation(string Name, EquatableList<bool> AreVectors) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Name;
}
