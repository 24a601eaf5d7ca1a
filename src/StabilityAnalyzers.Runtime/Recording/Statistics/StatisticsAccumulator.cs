using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Joins what is known of parts of a tensor into the statistics of the whole. Sums are kept in units of a power of two, so
/// that neither the squares of 1E+300 overflow nor those of 1E-300 vanish; means and squared deviations are joined by the
/// formula of Chan, Golub and LeVeque (1979), which does not cancel when the mean is far greater than the deviation.
/// </summary>
internal struct StatisticsAccumulator
{
    private long _count;
    private long _finite;
    private long _zeros;
    private bool _hasExtremes;
    private double _min;
    private double _max;
    private PartialMoments _moments;

    /// <summary>Adds a part that has at least one finite element. Its extremes are added with <see cref="AddExtreme"/>.</summary>
    /// <param name="count">Elements of the part, finite or not.</param>
    /// <param name="finite">Finite elements, at least 1.</param>
    /// <param name="zeros">Elements that are exactly zero.</param>
    /// <param name="part">Sums over the finite elements.</param>
    public void Add(long count, long finite, long zeros, PartialMoments part)
    {
        Join(finite, part);
        _count += count;
        _finite += finite;
        _zeros += zeros;
    }

    /// <summary>Makes a finite element known that may be the least or the greatest; it is not counted.</summary>
    public void AddExtreme(double value)
    {
        _min = _hasExtremes ? Math.Min(_min, value) : value;
        _max = _hasExtremes ? Math.Max(_max, value) : value;
        _hasExtremes = true;
    }

    /// <summary>Adds a part of which no element is finite.</summary>
    /// <param name="count">Elements of the part.</param>
    public void AddNonFinite(long count) => _count += count;

    /// <summary>Adds elements that are zero without being stored, as a sparse tensor has.</summary>
    /// <param name="count">How many.</param>
    public void AddZeros(long count)
    {
        if (count > 0)
        {
            AddExtreme(0);
            Add(count, count, count, PartialMoments.OfZeros);
        }
    }

    /// <summary>The statistics of everything that was added.</summary>
    public readonly TensorStatistics ToStatistics()
    {
        if (_finite == 0)
        {
            return new TensorStatistics(_count, 0, 0, 0, 0, 0, 0, 0, _zeros, _count);
        }

        int exponent = _moments.Exponent == PartialMoments.NoExponent ? 0 : _moments.Exponent;
        return new TensorStatistics(
            Count: _count,
            Mean: Math.ScaleB(_moments.Mean, exponent),
            MeanAbs: Math.ScaleB(_moments.SumAbs / _finite, exponent),
            Std: Math.ScaleB(Math.Sqrt(_moments.SquaredDeviations / _finite), exponent),
            Min: _min,
            Max: _max,
            MaxAbs: Math.Max(Math.Abs(_min), Math.Abs(_max)),
            L2: Math.ScaleB(Math.Sqrt(_moments.SquaredDeviations + _finite * _moments.Mean * _moments.Mean), exponent),
            ZeroCount: _zeros,
            NonFiniteCount: _count - _finite);
    }

    private void Join(long finite, PartialMoments part)
    {
        if (_finite == 0)
        {
            _moments = part;
            return;
        }

        int exponent = Math.Max(_moments.Exponent, part.Exponent);
        PartialMoments mine = _moments.InUnitsOf(exponent);
        PartialMoments other = part.InUnitsOf(exponent);
        double share = (double)finite / (_finite + finite);
        double difference = other.Mean - mine.Mean;
        _moments = new PartialMoments(
            exponent,
            mine.SumAbs + other.SumAbs,
            mine.Mean + difference * share,
            mine.SquaredDeviations + other.SquaredDeviations + difference * difference * _finite * share);
    }
}

/// <summary>Sums over a part of a tensor, in units of 2^Exponent (squared deviations in units of 2^(2 Exponent)).</summary>
/// <param name="Exponent">The power of two, or <see cref="NoExponent"/> if every element is zero.</param>
/// <param name="SumAbs">Sum of the absolute values.</param>
/// <param name="Mean">Mean.</param>
/// <param name="SquaredDeviations">Sum of the squared differences from the mean.</param>
internal readonly record struct PartialMoments(int Exponent, double SumAbs, double Mean, double SquaredDeviations)
{
    /// <summary>The exponent of a part that is zero throughout: less than any other.</summary>
    public const int NoExponent = int.MinValue;

    /// <summary>The sums of any number of zeros.</summary>
    public static PartialMoments OfZeros { get; } = new(NoExponent, 0, 0, 0);

    /// <summary>The same sums in other units.</summary>
    /// <param name="exponent">The power of two to express them in; at least the present one.</param>
    public PartialMoments InUnitsOf(int exponent)
    {
        if (exponent == Exponent || Exponent == NoExponent)
        {
            return this with { Exponent = exponent };
        }

        int shift = Exponent - exponent;
        return new PartialMoments(exponent, Math.ScaleB(SumAbs, shift), Math.ScaleB(Mean, shift), Math.ScaleB(SquaredDeviations, 2 * shift));
    }
}
