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
    private readonly double[]? matrix;

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

    private Projection(int size, double[] matrix)
    {
        inputs = outputs = this.size = size;
        first = second = buffer = [];
        this.matrix = matrix;
    }

    /// <summary>The identity matrix.</summary>
    internal static Projection Identity(int size)
    {
        var matrix = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            matrix[i * (size + 1)] = 1;
        }

        return new Projection(size, matrix);
    }

    /// <summary>
    /// A random orthogonal matrix, times a factor: for a matrix that comes back at every step, of which the eigenvectors count
    /// and not only the gain.
    /// </summary>
    internal static Projection Orthogonal(RandomNumbers random, int size, double factor)
    {
        // Gram and Schmidt, on rows of normal numbers.
        var matrix = new double[size * size];
        for (var row = 0; row < size; row++)
        {
            var at = row * size;
            for (var i = 0; i < size; i++)
            {
                matrix[at + i] = random.Normal();
            }

            for (var other = 0; other < at; other += size)
            {
                Subtract(matrix, at, other, size, Product(matrix, at, matrix, other, size));
            }

            var norm = Math.Sqrt(Product(matrix, at, matrix, at, size));
            for (var i = 0; i < size; i++)
            {
                matrix[at + i] /= norm;
            }
        }

        for (var i = 0; i < matrix.Length; i++)
        {
            matrix[i] *= factor;
        }

        return new Projection(size, matrix);
    }

    /// <summary>Adds the product with a vector.</summary>
    internal void AddProduct(double[] x, int from, double[] result, int to)
    {
        if (matrix is not null)
        {
            for (var row = 0; row < size; row++)
            {
                result[to + row] += Product(matrix, row * size, x, from, size);
            }

            return;
        }

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
        if (matrix is not null)
        {
            for (var row = 0; row < size; row++)
            {
                for (var i = 0; i < size; i++)
                {
                    result[to + i] += matrix[(row * size) + i] * y[from + row];
                }
            }

            return;
        }

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

    private static double Product(double[] a, int atA, double[] b, int atB, int count)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            sum += a[atA + i] * b[atB + i];
        }

        return sum;
    }

    private static void Subtract(double[] vector, int at, int other, int count, double factor)
    {
        for (var i = 0; i < count; i++)
        {
            vector[at + i] -= factor * vector[other + i];
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
