using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>What a piece of training code does, as far as the gradient is concerned.</summary>
internal enum TrainingEventKind
{
    /// <summary>A gradient is computed: <c>loss.backward()</c>.</summary>
    Backward,

    /// <summary>An optimizer changes the weights: <c>optimizer.step()</c>.</summary>
    Step,

    /// <summary>A gradient is clipped, or is touched in a way that may clip it.</summary>
    Clip,

    /// <summary>Something runs that cannot be seen, and may clip.</summary>
    Opaque,
}

/// <summary>One thing that training code does.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Operation">The code that does it.</param>
/// <param name="Anchor">The place in the region from which that code is reached: itself, or a call.</param>
internal readonly record struct TrainingEvent(TrainingEventKind Kind, IOperation Operation, SyntaxNode Anchor);
