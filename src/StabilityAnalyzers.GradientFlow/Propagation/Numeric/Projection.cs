namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// A random matrix that multiplies the second moment by an exact gain: rows of a random orthogonal matrix, made of two
/// Walsh-Hadamard transforms with random signs. Compared with independent weights it has the same mean-field limit, a
/// fraction of the noise, and costs n log n.
/// </summary>
internal sealed class Projection
{
    private readonly int inputs;
    private readonly int outputs;
    private readonly int size;
    private readonly double scale;
    private readonly double[] first;
    private readonly double[] second;
    private readonly double[] buffer;

    /// <param name="random">Where the signs come from.</param>
    /// <param name="inputs">Number of inputs here, which may be less than in the model.</param>
    /// <param name="outputs">Number of outputs here.</param>
    /// <param name="gain">Factor on the second moment of one element: the model's fan_in times the variance of its weights.</param>
    internal Projection(RandomNumbers random, int inputs, int outputs, double gain)
    {
        this.inputs = inputs;
        this.outputs = outputs;
        size = WalshHadamard.SizeFor(Math.Max(inputs, outputs));
        scale = Math.Sqrt(gain * size / inputs) / size;
        first = random.Signs(size);
        second = random.Signs(size);
        buffer = new double[size];
    }

    /// <summary>Adds the product with a vector.</summary>
    internal void AddProduct(double[] x, int from, double[] result, int to)
    {
        Array.Clear(buffer, 0, size);
        for (var i = 0; i < inputs; i++)
        {
            buffer[i] = x[from + i] * first[i];
        }

        WalshHadamard.Transform(buffer, size);
        for (var i = 0; i < size; i++)
        {
            buffer[i] *= second[i];
        }

        WalshHadamard.Transform(buffer, size);
        for (var i = 0; i < outputs; i++)
        {
            result[to + i] += scale * buffer[i];
        }
    }

    /// <summary>Adds the product of the transposed matrix with a vector.</summary>
    internal void AddTransposedProduct(double[] y, int from, double[] result, int to)
    {
        Array.Clear(buffer, 0, size);
        for (var i = 0; i < outputs; i++)
        {
            buffer[i] = y[from + i];
        }

        WalshHadamard.Transform(buffer, size);
        for (var i = 0; i < size; i++)
        {
            buffer[i] *= second[i];
        }

        WalshHadamard.Transform(buffer, size);
        for (var i = 0; i < inputs; i++)
        {
            result[to + i] += scale * buffer[i] * first[i];
        }
    }

    /// <summary>Multiplies every vector of a tensor.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">The tensor, with positions flattened into features if it has fewer of these than the matrix.</param>
    internal Variable Apply(Tape tape, Variable x)
    {
        var flattens = x.Features != inputs;
        var rows = flattens ? x.Samples : x.Rows;
        var result = tape.New(x.Samples, flattens ? [] : x.Grid, outputs);
        for (var row = 0; row < rows; row++)
        {
            AddProduct(x.Value, row * inputs, result.Value, row * outputs);
        }

        result.Backward = gradient =>
        {
            var back = x.GradientToAddTo();
            for (var row = 0; row < rows; row++)
            {
                AddTransposedProduct(gradient, row * outputs, back, row * inputs);
            }
        };
        return result;
    }
}
