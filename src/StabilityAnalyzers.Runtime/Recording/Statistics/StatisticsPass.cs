using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// The pass over memory that gives every statistic at once. Memory is read in blocks that stay in the first-level cache: a
/// block is swept once for extremes, sums and zeros, and once more, now from the cache, for the squared deviations from its
/// own mean. Within a block the lanes add up in the type of the elements, 64 additions each at most with 8 lanes of
/// float32; from block to block everything adds up in float64. A block that holds a NaN or an infinity, or whose sum
/// overflows, is read again element by element.
/// </summary>
internal static class StatisticsPass
{
    /// <summary>4 KiB of float32, 8 KiB of float64.</summary>
    private const int BlockLength = 1024;

    /// <summary>Adds the elements to the accumulator.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="values">The elements.</param>
    /// <param name="accumulator">What they are added to.</param>
    public static void Add<T>(ReadOnlySpan<T> values, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        while (!values.IsEmpty)
        {
            ReadOnlySpan<T> block = values[..Math.Min(BlockLength, values.Length)];
            if (!TryAddFiniteBlock(block, ref accumulator))
            {
                AddBlockByElement(block, ref accumulator);
            }

            values = values[block.Length..];
        }
    }

    private static bool TryAddFiniteBlock<T>(ReadOnlySpan<T> block, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sweep(block, out double sum, out double sumAbs, out T min, out T max, out long zeros);
        if (!double.IsFinite(sumAbs))
        {
            return false;
        }

        T maxAbs = T.Max(T.Abs(min), T.Abs(max));
        if (maxAbs == T.Zero)
        {
            accumulator.AddZeros(block.Length);
            return true;
        }

        int exponent = UnitExponent<T>(double.CreateTruncating(maxAbs));
        double mean = sum / block.Length;
        T shift = T.CreateTruncating(mean);
        SweepDeviations(block, shift, exponent, out double deviations, out double squares);

        // The shift is the mean rounded to T (and rounding errors of the lanes); what it misses is in the deviations.
        double meanDeviation = deviations / block.Length;
        double scaledMean = Math.ScaleB(double.CreateTruncating(shift), -exponent) + meanDeviation;
        double squaredDeviations = Math.Max(0, squares - meanDeviation * deviations);
        accumulator.Add(
            block.Length,
            block.Length,
            zeros,
            double.CreateTruncating(min),
            double.CreateTruncating(max),
            new PartialMoments(exponent, Math.ScaleB(sumAbs, -exponent), scaledMean, squaredDeviations));
        return true;
    }

    /// <summary>Sums, extremes and zeros. With a NaN or an infinity, or an overflow, the sum of absolute values is not finite.</summary>
    private static void Sweep<T>(ReadOnlySpan<T> block, out double sum, out double sumAbs, out T min, out T max, out long zeros)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T start = ref MemoryMarshal.GetReference(block);
        int width = Vector<T>.Count;
        int i = 0;
        min = T.PositiveInfinity;
        max = T.NegativeInfinity;
        sum = 0;
        sumAbs = 0;
        zeros = 0;

        if (block.Length >= width)
        {
            // Two chains of each, so that the latency of an addition is hidden and the registers of AVX2 suffice.
            Vector<T> sumA = Vector<T>.Zero, sumB = Vector<T>.Zero, absA = Vector<T>.Zero, absB = Vector<T>.Zero;
            Vector<T> zeroA = Vector<T>.Zero, zeroB = Vector<T>.Zero;
            Vector<T> minA = new(min), minB = new(min), maxA = new(max), maxB = new(max);
            for (; i <= block.Length - 2 * width; i += 2 * width)
            {
                Vector<T> a = Vector.LoadUnsafe(ref start, (nuint)i);
                Vector<T> b = Vector.LoadUnsafe(ref start, (nuint)(i + width));
                sumA += a;
                sumB += b;
                absA += Vector.Abs(a);
                absB += Vector.Abs(b);
                minA = Lanes.Min(minA, a);
                minB = Lanes.Min(minB, b);
                maxA = Lanes.Max(maxA, a);
                maxB = Lanes.Max(maxB, b);
                zeroA += Vector.BitwiseAnd(Vector.Equals(a, Vector<T>.Zero), Vector<T>.One);
                zeroB += Vector.BitwiseAnd(Vector.Equals(b, Vector<T>.Zero), Vector<T>.One);
            }

            if (i <= block.Length - width)
            {
                Vector<T> a = Vector.LoadUnsafe(ref start, (nuint)i);
                sumA += a;
                absA += Vector.Abs(a);
                minA = Lanes.Min(minA, a);
                maxA = Lanes.Max(maxA, a);
                zeroA += Vector.BitwiseAnd(Vector.Equals(a, Vector<T>.Zero), Vector<T>.One);
                i += width;
            }

            sum = Lanes.Sum(sumA) + Lanes.Sum(sumB);
            sumAbs = Lanes.Sum(absA) + Lanes.Sum(absB);
            zeros = (long)(Lanes.Sum(zeroA) + Lanes.Sum(zeroB));
            min = Lanes.Least(Lanes.Min(minA, minB));
            max = Lanes.Greatest(Lanes.Max(maxA, maxB));
        }

        for (; i < block.Length; i++)
        {
            T value = Unsafe.Add(ref start, i);
            double wide = double.CreateTruncating(value);
            sum += wide;
            sumAbs += Math.Abs(wide);
            min = value < min ? value : min;
            max = value > max ? value : max;
            zeros += value == T.Zero ? 1 : 0;
        }
    }

    /// <summary>Sums of (x - shift) and of its square, in units of 2^exponent and 2^(2 exponent).</summary>
    private static void SweepDeviations<T>(ReadOnlySpan<T> block, T shift, int exponent, out double deviations, out double squares)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T start = ref MemoryMarshal.GetReference(block);
        int width = Vector<T>.Count;
        int i = 0;
        deviations = 0;
        squares = 0;

        // A power of two: the products are exact.
        T unit = T.ScaleB(T.One, -exponent);
        T scaledShift = shift * unit;
        if (block.Length >= width)
        {
            Vector<T> units = new(unit), shifts = new(scaledShift);
            Vector<T> sumA = Vector<T>.Zero, sumB = Vector<T>.Zero, squareA = Vector<T>.Zero, squareB = Vector<T>.Zero;
            for (; i <= block.Length - 2 * width; i += 2 * width)
            {
                Vector<T> a = Vector.LoadUnsafe(ref start, (nuint)i) * units - shifts;
                Vector<T> b = Vector.LoadUnsafe(ref start, (nuint)(i + width)) * units - shifts;
                sumA += a;
                sumB += b;
                squareA += a * a;
                squareB += b * b;
            }

            if (i <= block.Length - width)
            {
                Vector<T> a = Vector.LoadUnsafe(ref start, (nuint)i) * units - shifts;
                sumA += a;
                squareA += a * a;
                i += width;
            }

            deviations = Lanes.Sum(sumA) + Lanes.Sum(sumB);
            squares = Lanes.Sum(squareA) + Lanes.Sum(squareB);
        }

        for (; i < block.Length; i++)
        {
            double deviation = double.CreateTruncating(Unsafe.Add(ref start, i) * unit - scaledShift);
            deviations += deviation;
            squares += deviation * deviation;
        }
    }

    private static void AddBlockByElement<T>(ReadOnlySpan<T> block, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long finite = 0;
        long zeros = 0;
        double min = double.PositiveInfinity;
        double max = double.NegativeInfinity;
        foreach (T value in block)
        {
            if (T.IsFinite(value))
            {
                double wide = double.CreateTruncating(value);
                finite++;
                zeros += wide == 0 ? 1 : 0;
                min = Math.Min(min, wide);
                max = Math.Max(max, wide);
            }
        }

        double maxAbs = finite == 0 ? 0 : Math.Max(Math.Abs(min), Math.Abs(max));
        if (maxAbs == 0)
        {
            accumulator.AddZeros(finite);
            accumulator.AddNonFinite(block.Length - finite);
            return;
        }

        int exponent = UnitExponent<T>(maxAbs);
        double sum = 0;
        double sumAbs = 0;
        foreach (T value in block)
        {
            if (T.IsFinite(value))
            {
                double scaled = Math.ScaleB(double.CreateTruncating(value), -exponent);
                sum += scaled;
                sumAbs += Math.Abs(scaled);
            }
        }

        double mean = sum / finite;
        double squaredDeviations = 0;
        foreach (T value in block)
        {
            if (T.IsFinite(value))
            {
                double deviation = Math.ScaleB(double.CreateTruncating(value), -exponent) - mean;
                squaredDeviations += deviation * deviation;
            }
        }

        accumulator.Add(block.Length, finite, zeros, min, max, new PartialMoments(exponent, sumAbs, mean, squaredDeviations));
    }

    /// <summary>
    /// The power of two in whose units the squares of elements of at most this size neither overflow nor vanish. Steps of 32
    /// (float32) and 256 (float64) keep it the same from block to block, so that hardly anything has to be converted.
    /// </summary>
    private static int UnitExponent<T>(double maxAbs)
    {
        int log2OfStep = typeof(T) == typeof(float) ? 5 : 8;
        return Math.Clamp(Math.ILogB(maxAbs) >> log2OfStep, -3, 3) << log2OfStep;
    }
}
