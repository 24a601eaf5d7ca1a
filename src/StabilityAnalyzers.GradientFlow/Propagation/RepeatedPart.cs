namespace StabilityAnalyzers.GradientFlow;

/// <summary>What one pass through a part of unknown repetition does, once the signal has settled.</summary>
internal static class RepeatedPart
{
    /// <summary>Passes after which a signal that has not settled never does.</summary>
    private const int Passes = 40;

    /// <summary>Relative change of the second moment below which the signal has settled.</summary>
    private const double Settled = 1e-4;

    /// <summary>The statistics of the signal after many passes; null if it does not settle or is not known.</summary>
    /// <param name="body">One pass.</param>
    /// <param name="signal">The signal before the first pass.</param>
    internal static SignalMoments? Limit(ModelGraph body, SignalMoments signal)
    {
        var (before, after) = Last(body, signal);
        return before is { } q && after is { } next && Math.Abs(next.SecondMoment - q.SecondMoment) <= 100 * Settled * q.SecondMoment ? next : null;
    }

    /// <summary>Predicts the flow of one pass.</summary>
    /// <param name="nodeId">Node of the part.</param>
    /// <param name="body">One pass.</param>
    /// <param name="signal">The signal before the first pass; null if not known.</param>
    internal static RepeatPrediction Predict(int nodeId, ModelGraph body, SignalMoments? signal)
    {
        // Where the scale of the signal is not known, that of standardised data.
        var (before, _) = Last(body, signal ?? new SignalMoments(1, 0, 0));
        var settled = before is { } q ? WithInput(body, q) : body;
        var input = Entry(settled);
        double? factor = null, growth = null;
        if (input is { } entry && settled.Outputs.Count == 1)
        {
            var forward = new ForwardPass(settled);
            var output = settled.Outputs[0];
            var backward = new BackwardPass(settled, forward, output);
            var numeric = NumericPropagation.RunWhereNeeded(settled, output, forward);
            if (numeric is { Refusal: null })
            {
                backward.Override(numeric);
            }

            factor = backward.Reached[entry] && backward.Norm(entry) is { } norm ? Math.Sqrt(norm) : null;
            growth = (numeric?.SecondMoment(output) ?? forward[output]?.SecondMoment) is { } q2 && forward[entry]?.SecondMoment is > 0 and var q1
                ? Math.Sqrt(q2 / q1)
                : null;
        }

        return new RepeatPrediction(nodeId, factor, growth, SignalPropagation.PredictWide(settled));
    }

    private static (SignalMoments? Before, SignalMoments? After) Last(ModelGraph body, SignalMoments signal)
    {
        if (body.Outputs.Count != 1 || Entry(body) is null)
        {
            return (null, null);
        }

        SignalMoments before = signal, after = signal;
        for (var pass = 0; pass < Passes; pass++)
        {
            if (new ForwardPass(WithInput(body, after))[body.Outputs[0]] is not { } next || !(next.SecondMoment > 0))
            {
                return (after, null);
            }

            before = after;
            after = next;
            if (Math.Abs(after.SecondMoment - before.SecondMoment) < Settled * before.SecondMoment || after.SecondMoment > 1e60)
            {
                break;
            }
        }

        return (before, after);
    }

    private static int? Entry(ModelGraph body)
    {
        var inputs = body.Nodes.Where(node => node.Operation is InputOperation).ToList();
        return inputs.Count == 1 ? inputs[0].Id : null;
    }

    private static ModelGraph WithInput(ModelGraph body, SignalMoments signal) =>
        body.Replace(new Dictionary<int, Operation> { [Entry(body)!.Value] = new InputOperation(signal.SecondMoment, signal.Mean) });
}
