namespace StabilityAnalyzers.GradientFlow;

/// <summary>The fast Walsh-Hadamard transform, without normalisation: applied twice it multiplies by the size.</summary>
internal static class WalshHadamard
{
    /// <summary>The least power of two that is not smaller.</summary>
    internal static int SizeFor(int count)
    {
        var size = 1;
        while (size < count)
        {
            size *= 2;
        }

        return size;
    }

    /// <summary>Transforms the first elements of an array in place.</summary>
    /// <param name="x">The array.</param>
    /// <param name="size">How many, a power of two.</param>
    internal static void Transform(double[] x, int size)
    {
        for (var half = 1; half < size; half *= 2)
        {
            for (var start = 0; start < size; start += 2 * half)
            {
                for (var i = start; i < start + half; i++)
                {
                    double a = x[i], b = x[i + half];
                    x[i] = a + b;
                    x[i + half] = a - b;
                }
            }
        }
    }
}
