namespace StabilityAnalyzers.GradientFlow;

/// <summary>Choosing and joining features and positions, for the numeric pass.</summary>
internal static class Features
{
    /// <summary>The elements of a tensor at some places.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="result">A new tensor.</param>
    /// <param name="places">For each element of the result, its place in x.</param>
    internal static Variable Gather(Variable x, Variable result, int[] places)
    {
        for (var i = 0; i < places.Length; i++)
        {
            result.Value[i] = x.Value[places[i]];
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            for (var i = 0; i < places.Length; i++)
            {
                back[places[i]] += gradient[i];
            }
        };
        return result;
    }

    /// <summary>Some consecutive features.</summary>
    internal static Variable Slice(Tape tape, Variable x, int start, int count) => Choose(tape, x, count, i => start + i);

    /// <summary>Some features, evenly spread over all.</summary>
    internal static Variable Spread(Tape tape, Variable x, int count) =>
        count == x.Features ? x : Choose(tape, x, count, i => (int)((long)i * x.Features / count));

    /// <summary>Features of several tensors behind each other; null if their positions do not fit.</summary>
    internal static Variable? Join(Tape tape, IReadOnlyList<Variable> parts)
    {
        var shape = parts.OrderByDescending(part => part.Positions).First();
        if (parts.Any(part => part.Samples != shape.Samples || (part.Positions != 1 && !part.Grid.SequenceEqual(shape.Grid))))
        {
            return null;
        }

        var result = tape.New(shape.Samples, shape.Grid, parts.Sum(part => part.Features));
        var offset = 0;
        var places = new List<(Variable Part, int Offset)>();
        foreach (var part in parts)
        {
            places.Add((part, offset));
            offset += part.Features;
        }

        foreach (var (part, at) in places)
        {
            Each(result, part, at, (i, j) => result.Value[i] = part.Value[j]);
        }

        result.Backward = gradient =>
        {
            foreach (var (part, at) in places)
            {
                var back = part.GradientToAddTo();
                Each(result, part, at, (i, j) => back[j] += gradient[i]);
            }
        };
        return result;
    }

    /// <summary>One position of a sequence; the last one for a negative number.</summary>
    internal static Variable Position(Tape tape, Variable x, int position)
    {
        var result = tape.New(x.Samples, [], x.Features);
        var places = new int[result.Value.Length];
        var chosen = position < 0 ? Math.Max(0, x.Positions + position) : Math.Min(position, x.Positions - 1);
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = ((((i / x.Features) * x.Positions) + chosen) * x.Features) + (i % x.Features);
        }

        return Gather(x, result, places);
    }

    /// <summary>Features of a tensor without positions as channels and positions of a grid.</summary>
    internal static Variable Unfold(Tape tape, Variable x, int[] grid, int channels)
    {
        var result = tape.New(x.Samples, grid, channels);
        var places = new int[result.Value.Length];
        for (var i = 0; i < places.Length; i++)
        {
            var row = i / channels;
            places[i] = (row / result.Positions * x.Features) + (i % channels * result.Positions) + (row % result.Positions);
        }

        return Gather(x, result, places);
    }

    /// <summary>Vectors and sequences, one behind the other as a sequence; null if they do not fit.</summary>
    internal static Variable? Sequence(Tape tape, IReadOnlyList<Variable> parts)
    {
        var (samples, features) = (parts[0].Samples, parts[0].Features);
        if (parts.Any(part => part.Samples != samples || part.Features != features || part.Grid.Length > 1))
        {
            return null;
        }

        var result = tape.New(samples, [parts.Sum(part => part.Positions)], features);
        var offset = 0;
        var places = new List<(Variable Part, int Offset)>();
        foreach (var part in parts)
        {
            var length = part.Positions * features;
            for (var sample = 0; sample < samples; sample++)
            {
                Array.Copy(part.Value, sample * length, result.Value, ((sample * result.Positions) + offset) * features, length);
            }

            places.Add((part, offset));
            offset += part.Positions;
        }

        result.Backward = gradient =>
        {
            foreach (var (part, at) in places)
            {
                var back = part.GradientToAddTo();
                var length = part.Positions * features;
                for (var i = 0; i < back.Length; i++)
                {
                    back[i] += gradient[((((i / length) * result.Positions) + at) * features) + (i % length)];
                }
            }
        };
        return result;
    }

    private static Variable Choose(Tape tape, Variable x, int count, Func<int, int> feature)
    {
        var result = tape.New(x.Samples, x.Grid, count);
        var places = new int[result.Value.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = ((i / count) * x.Features) + feature(i % count);
        }

        return Gather(x, result, places);
    }

    private static void Each(Variable result, Variable part, int offset, Action<int, int> action)
    {
        for (var row = 0; row < result.Rows; row++)
        {
            var from = part.Positions == 1 ? row / result.Positions : row;
            for (var feature = 0; feature < part.Features; feature++)
            {
                action((row * result.Features) + offset + feature, (from * part.Features) + feature);
            }
        }
    }
}
