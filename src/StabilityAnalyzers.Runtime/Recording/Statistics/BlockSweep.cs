namespace StabilityAnalyzers.Runtime;

/// <summary>What one sweep over a block of memory gives. With a NaN or an infinity, or an overflow, a sum is not finite.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TLanes">The vectors that are used.</typeparam>
internal struct BlockSweep<T, TLanes>
    where T : unmanaged
    where TLanes : struct, ILanes<TLanes, T>
{
    /// <summary>Elements of one turn of the loop; a block is a multiple of it.</summary>
    public static int Turn => 2 * TLanes.Count;

    /// <summary>Sum of x - shift.</summary>
    public double Deviations;

    /// <summary>Sum of (x - shift)^2.</summary>
    public double Squares;

    /// <summary>Sum of |x|.</summary>
    public double Absolutes;

    /// <summary>Least x of each lane.</summary>
    public TLanes Min;

    /// <summary>Greatest x of each lane.</summary>
    public TLanes Max;

    /// <summary>Whether there are zeros to be counted.</summary>
    public bool HasZeros;

    /// <summary>Sweeps over a block.</summary>
    /// <param name="start">The first element.</param>
    /// <param name="count">Number of elements, a multiple of <see cref="Turn"/> and not 0.</param>
    /// <param name="shift">What is subtracted before squaring.</param>
    /// <param name="zero">0.</param>
    public static BlockSweep<T, TLanes> Of(ref T start, int count, T shift, T zero)
    {
        // Two chains of each, so that the latency of an addition is hidden and the registers of AVX2 suffice.
        TLanes shifts = TLanes.Create(shift);
        TLanes sumA = TLanes.Create(zero), squareA = sumA, absoluteA = sumA, sumB = sumA, squareB = sumA, absoluteB = sumA;
        TLanes minA = TLanes.Load(ref start, 0), maxA = minA, leastA = TLanes.Abs(minA);
        TLanes minB = minA, maxB = minA, leastB = leastA;
        for (int i = 0; i < count; i += 2 * TLanes.Count)
        {
            TLanes a = TLanes.Load(ref start, (nuint)i);
            TLanes b = TLanes.Load(ref start, (nuint)(i + TLanes.Count));
            TLanes deviationA = a - shifts;
            TLanes deviationB = b - shifts;
            sumA += deviationA;
            sumB += deviationB;
            squareA += deviationA * deviationA;
            squareB += deviationB * deviationB;
            minA = TLanes.Min(minA, a);
            minB = TLanes.Min(minB, b);
            maxA = TLanes.Max(maxA, a);
            maxB = TLanes.Max(maxB, b);
            a = TLanes.Abs(a);
            b = TLanes.Abs(b);
            absoluteA += a;
            absoluteB += b;
            leastA = TLanes.Min(leastA, a);
            leastB = TLanes.Min(leastB, b);
        }

        return new BlockSweep<T, TLanes>
        {
            Deviations = TLanes.Sum(sumA) + TLanes.Sum(sumB),
            Squares = TLanes.Sum(squareA) + TLanes.Sum(squareB),
            Absolutes = TLanes.Sum(absoluteA) + TLanes.Sum(absoluteB),
            Min = TLanes.Min(minA, minB),
            Max = TLanes.Max(maxA, maxB),
            HasZeros = TLanes.HasZero(TLanes.Min(leastA, leastB)),
        };
    }

    /// <summary>Counts the zeros of a block; in the lanes, as a block is far shorter than what float32 counts exactly.</summary>
    public static long CountZeros(ref T start, int count, T zero)
    {
        TLanes counts = TLanes.Create(zero);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            counts += TLanes.IsZero(TLanes.Load(ref start, (nuint)i));
        }

        return (long)TLanes.Sum(counts);
    }

    /// <summary>Multiplies a block into another place.</summary>
    public static void Multiply(ref T source, int count, T factor, ref T destination)
    {
        TLanes factors = TLanes.Create(factor);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            (TLanes.Load(ref source, (nuint)i) * factors).Store(ref destination, (nuint)i);
        }
    }

    /// <summary>The lanes of a vector, one by one.</summary>
    public static ReadOnlySpan<T> Elements(TLanes vector, Span<T> place)
    {
        vector.Store(ref place[0], 0);
        return place[..TLanes.Count];
    }
}
