using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Rules.TrainingLoop;

/// <summary>Judges the way of the gradient from <c>backward</c> to a <c>step</c> in a loop: does anything clip it?</summary>
internal static class UnclippedPath
{
    /// <summary>Faulty when nothing on the way can clip the gradient, sound when something may, open outside of a training loop.</summary>
    /// <param name="graph">The code.</param>
    /// <param name="step">The step.</param>
    /// <param name="concerns">False for a clipping that is known to be of other models.</param>
    public static TrainingVerdict Judge(TrainingGraph graph, TrainingNode step, Func<IOperation, bool> concerns)
    {
        var cycle = graph.Cycle(step);
        if (!cycle.Any(IsBackward))
        {
            return TrainingVerdict.Open;
        }

        var between = graph.Reach(step, before: true, node => IsBackward(node) || !cycle.Contains(node));
        var mayBeClipped = cycle.Any(node => node.Kind switch
        {
            TrainingEventKind.Opaque => between.Contains(node),
            // A clipping at a wrong place is a fault of another kind.
            TrainingEventKind.Clip or TrainingEventKind.Gradient =>
                (between.Contains(node) || !BelongsToAnotherStep(graph, node, step)) && concerns(node.Operation!),
            _ => false,
        });
        return mayBeClipped ? TrainingVerdict.Sound : TrainingVerdict.Faulty;
    }

    // backward, clip, step: whatever is before and behind has nothing to do with this clipping.
    private static bool BelongsToAnotherStep(TrainingGraph graph, TrainingNode clip, TrainingNode step)
    {
        static bool Stops(TrainingNode node) => node.Kind is TrainingEventKind.Step or TrainingEventKind.Backward;
        var after = graph.Nearest(clip, before: false, Stops);
        return after.Count > 0
            && after.All(node => node is { Kind: TrainingEventKind.Step } && node != step)
            && graph.Nearest(clip, before: true, Stops).All(node => node is { Kind: TrainingEventKind.Backward });
    }

    private static bool IsBackward(TrainingNode node) => node.Kind == TrainingEventKind.Backward;
}
