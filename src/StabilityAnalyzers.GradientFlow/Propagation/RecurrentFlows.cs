using System.Collections.Concurrent;

namespace StabilityAnalyzers.GradientFlow;

/// <summary>Follows the gradient of a recurrent layer back through time, with random weights.</summary>
internal static class RecurrentFlows
{
    private const int Samples = 4;

    private const int MostFeatures = 64;

    private const int MostKnown = 1000;

    private static readonly ConcurrentDictionary<(Operation, double?), RecurrentFlow?> Known = new();

    /// <summary>Steps from which on the state has settled, and over which the factor is taken.</summary>
    private const int First = 8, Steps = 12;

    /// <summary>What a node does from time step to time step; null if it is no recurrent layer.</summary>
    /// <param name="operation">The operation of the node.</param>
    /// <param name="input">Second moment of its input; null if not known.</param>
    internal static RecurrentFlow? Of(Operation operation, double? input)
    {
        // An editor asks for the same layers after every edit.
        if (Known.TryGetValue((operation, input), out var known))
        {
            return known;
        }

        if (Known.Count >= MostKnown)
        {
            Known.Clear();
        }

        return Known[(operation, input)] = Measure(operation, input) is { } flow ? flow with { Input = input } : null;
    }

    private static RecurrentFlow? Measure(Operation operation, double? input) => operation switch
    {
        RecurrentOperation layer => new RecurrentFlow(Factor(layer.Cell, layer.Activation, (layer.InputSize, layer.HiddenSize), layer.Weights, input ?? 1)),
        GatedCellOperation cell => new RecurrentFlow(Factor(cell.Cell, Activations.Tanh, (cell.InputSize, cell.HiddenSize), cell.Weights, input ?? 1)),
        RecurrentCellOperation cell => new RecurrentFlow(Factor(
            RecurrentKind.Rnn,
            cell.Activation,
            (cell.InputSize, cell.HiddenSize),
            new RecurrentWeights(cell.InputWeight, cell.HiddenWeight, cell.Bias),
            input ?? 1)),
        _ => null,
    };

    // The gradient is sent in at the last state, and looked at where it has passed some steps and has some left to pass.
    private static double? Factor(RecurrentKind kind, Activation activation, (long Input, long Hidden) sizes, RecurrentWeights weights, double input)
    {
        var tape = new Tape(new RandomNumbers(1));
        var x = tape.New(Samples, [First + (2 * Steps)], (int)Math.Min(sizes.Input, MostFeatures));
        for (var i = 0; i < x.Value.Length; i++)
        {
            x.Value[i] = Math.Sqrt(input) * tape.Random.Normal();
        }

        if (RecurrentSteps.Draw(tape, kind, activation, sizes, weights, x.Features, (int)Math.Min(sizes.Hidden, MostFeatures)) is not { } steps)
        {
            return null;
        }

        var (hidden, cells) = steps.Run(x, isReversed: false);
        var last = hidden[hidden.Count - 1];
        var gradient = new double[last.Value.Length];
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] = tape.Random.Normal();
        }

        tape.Differentiate(last, gradient, undoesAveraging: false);

        // In an LSTM the gradient runs through the cell state; what passes through h is part of it.
        var carriers = cells.Count > 0 ? cells : hidden;
        return Norm(carriers[First]) is > 0 and var early && Norm(carriers[First + Steps]) is > 0 and var late
            ? Math.Pow(early / late, 0.5 / Steps)
            : null;
    }

    private static double Norm(Variable state) => state.Gradient?.Sum(x => x * x) ?? 0;
}
