using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// The pass over memory that gives every statistic at once, in blocks. Within a block the lanes add up in the type of the
/// elements, 64 additions each; from block to block everything adds up in float64. Squares are taken of the
/// deviations from a shift, so that they do not cancel: zero for as long as the mean of a block is not much greater than its
/// deviation, else the mean of the block, which is then swept again, from the cache. So is, in other ways, a block whose
/// squares would overflow or vanish, and one that holds a NaN or an infinity.
/// </summary>
internal static class StatisticsPass
{
    /// <summary>
    /// Additions in a lane until it is folded into float64: with float32 the worst relative error is 64 x 2^-24, and a block is
    /// 2 to 8 KiB, less than any first-level cache.
    /// </summary>
    private const int TurnsOfBlock = 64;

    /// <summary>
    /// Greatest mean^2 / variance at which the shift is kept: the variance then loses the last two of its bits at most.
    /// </summary>
    private const double GreatestCancellation = 4;

    /// <summary>Adds the elements to the accumulator.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="values">The elements.</param>
    /// <param name="accumulator">What they are added to.</param>
    public static void Add<T>(ReadOnlySpan<T> values, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            Add<T, Lanes512<T>>(values, ref accumulator);
        }
        else
        {
            Add<T, NativeLanes<T>>(values, ref accumulator);
        }
    }

    /// <summary>Adds the elements with vectors of a chosen width.</summary>
    [SkipLocalsInit]
    internal static void Add<T, TLanes>(ReadOnlySpan<T> values, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        int blockLength = TurnsOfBlock * BlockSweep<T, TLanes>.Turn;
        Span<T> scratch = stackalloc T[blockLength];
        T shift = T.Zero;
        bool hasExtremes = false;
        TLanes min = default;
        TLanes max = default;
        while (values.Length >= BlockSweep<T, TLanes>.Turn)
        {
            int count = Math.Min(blockLength, values.Length - values.Length % BlockSweep<T, TLanes>.Turn);
            ref T start = ref MemoryMarshal.GetReference(values);
            BlockSweep<T, TLanes> sweep = BlockSweep<T, TLanes>.Of(ref start, count, shift, T.Zero);
            if (double.IsFinite(sweep.Absolutes))
            {
                min = hasExtremes ? TLanes.Min(min, sweep.Min) : sweep.Min;
                max = hasExtremes ? TLanes.Max(max, sweep.Max) : sweep.Max;
                hasExtremes = true;
                AddBlock(ref start, count, sweep, scratch, ref shift, ref accumulator);
            }
            else
            {
                AddByElement(values[..count], ref accumulator);
            }

            values = values[count..];
        }

        if (hasExtremes)
        {
            AddExtremes(BlockSweep<T, TLanes>.Elements(min, scratch), ref accumulator);
            AddExtremes(BlockSweep<T, TLanes>.Elements(max, scratch), ref accumulator);
        }

        AddByElement(values, ref accumulator);
    }

    private static void AddBlock<T, TLanes>(
        ref T start, int count, BlockSweep<T, TLanes> sweep, Span<T> scratch, ref T shift, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        if (sweep.Absolutes == 0)
        {
            accumulator.AddZeros(count);
            return;
        }

        long zeros = sweep.HasZeros ? BlockSweep<T, TLanes>.CountZeros(ref start, count, T.Zero) : 0;
        int exponent = UnitExponent<T>(sweep.Absolutes);
        if (exponent != 0)
        {
            // A power of two: the products are exact, but for what vanishes beside the greatest.
            ref T scaled = ref MemoryMarshal.GetReference(scratch);
            BlockSweep<T, TLanes>.Multiply(ref start, count, T.ScaleB(T.One, -exponent), ref scaled);
            start = ref scaled;
            shift = T.Zero;
            sweep = BlockSweep<T, TLanes>.Of(ref start, count, shift, T.Zero);
        }

        double meanDeviation = sweep.Deviations / count;
        if (meanDeviation * meanDeviation > GreatestCancellation * (sweep.Squares / count - meanDeviation * meanDeviation))
        {
            shift = T.CreateTruncating(double.CreateTruncating(shift) + meanDeviation);
            sweep = BlockSweep<T, TLanes>.Of(ref start, count, shift, T.Zero);
            meanDeviation = sweep.Deviations / count;
        }

        double mean = double.CreateTruncating(shift) + meanDeviation;
        double squaredDeviations = Math.Max(0, sweep.Squares - meanDeviation * sweep.Deviations);
        accumulator.Add(count, count, zeros, new PartialMoments(exponent, sweep.Absolutes, mean, squaredDeviations));
        if (exponent != 0)
        {
            // It was in other units.
            shift = T.Zero;
        }
    }

    private static void AddExtremes<T>(ReadOnlySpan<T> values, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (T value in values)
        {
            accumulator.AddExtreme(double.CreateTruncating(value));
        }
    }

    private static void AddByElement<T>(ReadOnlySpan<T> values, ref StatisticsAccumulator accumulator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long finite = 0;
        long zeros = 0;
        double maxAbs = 0;
        foreach (T value in values)
        {
            if (T.IsFinite(value))
            {
                double wide = double.CreateTruncating(value);
                finite++;
                zeros += wide == 0 ? 1 : 0;
                maxAbs = Math.Max(maxAbs, Math.Abs(wide));
                accumulator.AddExtreme(wide);
            }
        }

        accumulator.AddNonFinite(values.Length - finite);
        if (maxAbs == 0)
        {
            accumulator.AddZeros(finite);
            return;
        }

        int exponent = UnitExponent<T>(maxAbs);
        double unit = Math.ScaleB(1, -exponent);
        double sum = 0;
        double sumAbs = 0;
        foreach (T value in values)
        {
            if (T.IsFinite(value))
            {
                double scaled = double.CreateTruncating(value) * unit;
                sum += scaled;
                sumAbs += Math.Abs(scaled);
            }
        }

        double mean = sum / finite;
        double squaredDeviations = 0;
        foreach (T value in values)
        {
            if (T.IsFinite(value))
            {
                double deviation = double.CreateTruncating(value) * unit - mean;
                squaredDeviations += deviation * deviation;
            }
        }

        accumulator.Add(finite, finite, zeros, new PartialMoments(exponent, sumAbs, mean, squaredDeviations));
    }

    /// <summary>
    /// The power of two in whose units the squares of a block neither overflow nor vanish: 0 while its magnitude (the sum of
    /// its absolute values, which is at most 2^11 times the greatest) is between 2^-48 and 2^48 (float32), or 2^-384 and 2^384
    /// (float64), so that most blocks stay as they are; outside in the same steps.
    /// </summary>
    private static int UnitExponent<T>(double magnitude)
    {
        int step = typeof(T) == typeof(float) ? 48 : 384;
        return Math.Clamp(Math.ILogB(magnitude) / step, -2, 2) * step;
    }
}
