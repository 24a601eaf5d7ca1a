namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// A convolution with random weights. One orthogonal transform of each input position and one of each output position stand
/// around signs and a shift that differ from tap to tap.
/// </summary>
internal static class ConvolutionProduct
{
    /// <summary>With fewer channels in a group, every channel is taken as a group of its own.</summary>
    private const long FewChannels = 4;

    /// <summary>Convolves a tensor.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor.</param>
    /// <param name="taps">Which positions meet.</param>
    /// <param name="operation">The layer.</param>
    /// <param name="features">Channels of the output here.</param>
    /// <param name="gain">The model's input channels of a group times the variance of a weight.</param>
    internal static Variable Apply(Tape tape, Variable x, WindowTaps taps, ConvolutionOperation operation, int features, double gain) =>
        operation.InChannels / operation.Groups <= FewChannels && operation.Groups > 1
            ? Channelwise(tape, x, taps, features, gain)
            : Dense(tape, x, taps, features, gain);

    private static Variable Dense(Tape tape, Variable x, WindowTaps taps, int features, double gain)
    {
        var size = WalshHadamard.SizeFor(Math.Max(x.Features, features));
        var scale = Math.Sqrt(gain * size / x.Features) / size;
        var first = tape.Random.Signs(size);
        var signs = new double[taps.Taps][];
        var shifts = new int[taps.Taps];
        for (var tap = 0; tap < signs.Length; tap++)
        {
            signs[tap] = tape.Random.Signs(size);
            shifts[tap] = (int)(tape.Random.Uniform() * size);
        }

        var result = tape.New(x.Samples, taps.Grid, features);
        var buffer = new double[size];
        var mixed = new double[x.Positions * size];
        var sums = new double[result.Positions * size];
        for (var sample = 0; sample < x.Samples; sample++)
        {
            for (var position = 0; position < x.Positions; position++)
            {
                Array.Clear(buffer, 0, size);
                var from = ((sample * x.Positions) + position) * x.Features;
                for (var i = 0; i < x.Features; i++)
                {
                    buffer[i] = x.Value[from + i] * first[i];
                }

                WalshHadamard.Transform(buffer, size);
                Array.Copy(buffer, 0, mixed, position * size, size);
            }

            Array.Clear(sums, 0, sums.Length);
            foreach (var (output, input, tap) in taps.Links)
            {
                int to = output * size, from = input * size, shift = shifts[tap];
                var sign = signs[tap];
                for (var i = 0; i < size; i++)
                {
                    sums[to + i] += sign[i] * mixed[from + ((i + shift) & (size - 1))];
                }
            }

            for (var position = 0; position < result.Positions; position++)
            {
                Array.Copy(sums, position * size, buffer, 0, size);
                WalshHadamard.Transform(buffer, size);
                var to = ((sample * result.Positions) + position) * features;
                for (var i = 0; i < features; i++)
                {
                    result.Value[to + i] = scale * buffer[i];
                }
            }
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            for (var sample = 0; sample < x.Samples; sample++)
            {
                for (var position = 0; position < result.Positions; position++)
                {
                    Array.Clear(buffer, 0, size);
                    Array.Copy(gradient, ((sample * result.Positions) + position) * features, buffer, 0, features);
                    WalshHadamard.Transform(buffer, size);
                    Array.Copy(buffer, 0, sums, position * size, size);
                }

                Array.Clear(mixed, 0, mixed.Length);
                foreach (var (output, input, tap) in taps.Links)
                {
                    int from = output * size, to = input * size, shift = shifts[tap];
                    var sign = signs[tap];
                    for (var i = 0; i < size; i++)
                    {
                        mixed[to + ((i + shift) & (size - 1))] += sign[i] * sums[from + i];
                    }
                }

                for (var position = 0; position < x.Positions; position++)
                {
                    Array.Copy(mixed, position * size, buffer, 0, size);
                    WalshHadamard.Transform(buffer, size);
                    var to = ((sample * x.Positions) + position) * x.Features;
                    for (var i = 0; i < x.Features; i++)
                    {
                        back[to + i] += scale * buffer[i] * first[i];
                    }
                }
            }
        };
        return result;
    }

    private static Variable Channelwise(Tape tape, Variable x, WindowTaps taps, int features, double gain)
    {
        var weights = new double[taps.Taps * features];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Sqrt(gain) * tape.Random.Normal();
        }

        var result = tape.New(x.Samples, taps.Grid, features);
        Each((to, from, weight) => result.Value[to] += weight * x.Value[from]);
        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            Each((to, from, weight) => back[from] += weight * gradient[to]);
        };
        return result;

        void Each(Action<int, int, double> action)
        {
            for (var sample = 0; sample < x.Samples; sample++)
            {
                foreach (var (output, input, tap) in taps.Links)
                {
                    var to = ((sample * result.Positions) + output) * features;
                    var from = ((sample * x.Positions) + input) * x.Features;
                    for (var i = 0; i < features; i++)
                    {
                        action(to + i, from + (int)((long)i * x.Features / features), weights[(tap * features) + i]);
                    }
                }
            }
        }
    }
}
