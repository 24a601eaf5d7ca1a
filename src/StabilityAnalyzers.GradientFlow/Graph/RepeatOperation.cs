namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// A part of a model that is passed through an unknown number of times: a loop whose count is not known. What one pass does
/// is known, how deep the model is is not. Reads one node, the signal before the first pass.
/// </summary>
/// <param name="Body">
/// One pass, as a graph with exactly one <see cref="InputOperation"/> and one output, which becomes the input of the next pass.
/// Its layers are drawn anew in each pass.
/// </param>
public sealed record RepeatOperation(ModelGraph Body) : Operation
{
    /// <inheritdoc/>
    public override string Kind => "Repeat";
}
