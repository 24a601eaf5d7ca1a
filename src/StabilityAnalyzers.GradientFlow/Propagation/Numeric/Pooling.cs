namespace StabilityAnalyzers.GradientFlow;

/// <summary>Means, maxima and norms over windows of positions, for the numeric pass.</summary>
internal static class Pooling
{
    /// <summary>Pools a tensor.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="operation">Mean, maximum or norm.</param>
    /// <param name="taps">Which positions meet.</param>
    /// <returns>Null for a norm of odd order, which negative numbers do not have.</returns>
    internal static Variable? Apply(Tape tape, Variable x, PoolingOperation operation, WindowTaps taps)
    {
        var windows = new List<int>[taps.Grid.Aggregate(1, (product, length) => product * length)];
        foreach (var (output, input, _) in taps.Links)
        {
            (windows[output] ??= []).Add(input);
        }

        if (windows.Any(window => window is null))
        {
            return null;
        }

        return operation switch
        {
            { IsAverage: true } => Mean(tape, x, taps.Grid, windows, taps.Taps, 1),
            { NormOrder: null } => Maximum(tape, x, taps.Grid, windows),
            { NormOrder: 2 } => Norm(tape, x, taps.Grid, windows),
            _ => null,
        };
    }

    /// <summary>Adaptive pooling to a given number of positions.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="operation">Mean or maximum.</param>
    /// <param name="grid">The positions that are left.</param>
    /// <param name="stretch">Positions in the model for each one here.</param>
    internal static Variable? Adapt(Tape tape, Variable x, PoolingOperation operation, int[] grid, double stretch)
    {
        if (grid.Length != x.Grid.Length || operation.NormOrder is not null)
        {
            return null;
        }

        var windows = new List<int>[grid.Aggregate(1, (product, length) => product * length)];
        for (var output = 0; output < windows.Length; output++)
        {
            windows[output] = Window(output, x.Grid, grid);
        }

        return operation.IsAverage ? Mean(tape, x, grid, windows, null, stretch) : Maximum(tape, x, grid, windows);
    }

    /// <summary>Mean or sum over all positions.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="isMean">True for the mean.</param>
    /// <param name="stretch">Positions in the model for each one here.</param>
    internal static Variable Reduce(Tape tape, Variable x, bool isMean, double stretch)
    {
        List<int>[] windows = [Enumerable.Range(0, x.Positions).ToList()];
        return Mean(tape, x, [], windows, isMean ? null : 1, isMean ? stretch : 1 / stretch);
    }

    // Positions of the input from floor(i n / m) to ceil((i + 1) n / m), in every dimension.
    private static List<int> Window(int output, int[] inputs, int[] outputs)
    {
        var positions = new List<int> { 0 };
        var rest = output;
        var indices = new int[outputs.Length];
        for (var d = outputs.Length - 1; d >= 0; d--)
        {
            indices[d] = rest % outputs[d];
            rest /= outputs[d];
        }

        for (var d = 0; d < outputs.Length; d++)
        {
            int start = indices[d] * inputs[d] / outputs[d], end = (((indices[d] + 1) * inputs[d]) + outputs[d] - 1) / outputs[d], size = inputs[d];
            positions = positions.SelectMany(position => Enumerable.Range(start, end - start).Select(i => (position * size) + i)).ToList();
        }

        return positions;
    }

    private static Variable Mean(Tape tape, Variable x, int[] grid, List<int>[] windows, int? divisor, double stretch)
    {
        var result = tape.New(x.Samples, grid, x.Features);
        Each(x, windows, (to, from, window) => AddTimes(result.Value, to, x.Value, from, x.Features, 1.0 / (divisor ?? window)));
        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            Each(x, windows, (to, from, window) => AddTimes(
                back, from, gradient, to, x.Features, 1 / (tape.UndoesAveraging ? Math.Sqrt(window) : Math.Sqrt(stretch) * (divisor ?? window))));
        };
        return result;
    }

    private static Variable Maximum(Tape tape, Variable x, int[] grid, List<int>[] windows)
    {
        var result = tape.New(x.Samples, grid, x.Features);
        var places = new int[result.Value.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = -1;
        }

        Each(x, windows, (to, from, _) =>
        {
            for (var i = 0; i < x.Features; i++)
            {
                if (places[to + i] < 0 || x.Value[from + i] > x.Value[places[to + i]])
                {
                    places[to + i] = from + i;
                }
            }
        });
        return Features.Gather(x, result, places);
    }

    private static Variable Norm(Tape tape, Variable x, int[] grid, List<int>[] windows)
    {
        var result = tape.New(x.Samples, grid, x.Features);
        Each(x, windows, (to, from, _) =>
        {
            for (var i = 0; i < x.Features; i++)
            {
                result.Value[to + i] += x.Value[from + i] * x.Value[from + i];
            }
        });
        for (var i = 0; i < result.Value.Length; i++)
        {
            result.Value[i] = Math.Sqrt(result.Value[i]);
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            Each(x, windows, (to, from, _) =>
            {
                for (var i = 0; i < x.Features; i++)
                {
                    back[from + i] += result.Value[to + i] > 0 ? gradient[to + i] * x.Value[from + i] / result.Value[to + i] : 0;
                }
            });
        };
        return result;
    }

    private static void AddTimes(double[] result, int to, double[] x, int from, int count, double factor)
    {
        for (var i = 0; i < count; i++)
        {
            result[to + i] += factor * x[from + i];
        }
    }

    // First elements of an output row and of an input row of its window, and the size of the window.
    private static void Each(Variable x, List<int>[] windows, Action<int, int, int> action)
    {
        for (var sample = 0; sample < x.Samples; sample++)
        {
            for (var output = 0; output < windows.Length; output++)
            {
                var to = ((sample * windows.Length) + output) * x.Features;
                foreach (var input in windows[output])
                {
                    action(to, ((sample * x.Positions) + input) * x.Features, windows[output].Count);
                }
            }
        }
    }
}
