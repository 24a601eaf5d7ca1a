using System.Numerics;
using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>The pass over memory against the definitions; nothing of TorchSharp is needed.</summary>
public class StatisticsPassTests
{
    private const double Float32Tolerance = 2e-6;
    private const double Float64Tolerance = 1e-13;

    public static TheoryData<int> Sizes => [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1000, 1023, 1024, 1025, 2047, 2049, 5000];

    public static TheoryData<double> Magnitudes => [1, 1e-3, 1e-9, 1e-15, 1e-20, 1e-30, 1e-38, 1e-42, 1e9, 1e18, 1e30, 3e38];

    public static TheoryData<double> WideMagnitudes => [1e-320, 1e-300, 1e-150, 1e150, 1e300, 1e306];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EverySizeOfFloat32(int size) => Check(Normal(size, seed: size).Select(x => (float)x).ToArray());

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EverySizeOfFloat64(int size) => Check(Normal(size, seed: size).ToArray());

    [Theory]
    [MemberData(nameof(Magnitudes))]
    public void EveryMagnitudeOfFloat32(double magnitude)
    {
        // Uniform, so that the greatest stays within the type; below 1E-38 the elements have few bits, but the sums do not.
        var random = new Random(5);
        Check(Enumerable.Range(0, 3000).Select(_ => (float)(magnitude * (2 * random.NextDouble() - 1))).ToArray());
    }

    [Theory]
    [MemberData(nameof(Magnitudes))]
    [MemberData(nameof(WideMagnitudes))]
    public void EveryMagnitudeOfFloat64(double magnitude)
    {
        var random = new Random(5);
        Check(Enumerable.Range(0, 3000).Select(_ => magnitude * (2 * random.NextDouble() - 1)).ToArray());
    }

    [Fact]
    public void MagnitudesMixedInOneTensor()
    {
        var random = new Random(6);
        float[] values = Enumerable.Range(0, 8192).Select(i => (float)(Math.Pow(10, -38 + 76 * random.NextDouble()) * (random.Next(2) * 2 - 1))).ToArray();
        Check(values);
        Check(values.Reverse().ToArray());
        Check(values.Order().ToArray());
        Check(values.Select(x => (double)x * x * x).ToArray());
    }

    [Theory]
    [InlineData(1e4, 1e-2)]
    [InlineData(-1e6, 1)]
    [InlineData(1e6, 0.25)]
    public void MeanFarGreaterThanTheDeviation(double mean, double std)
    {
        float[] values = Normal(20_000, seed: 7).Select(x => (float)(mean + std * x)).ToArray();
        Check(values, stdTolerance: 1e-5);
    }

    [Fact]
    public void MeanFarGreaterThanTheDeviationInFloat64() =>
        Check(Normal(20_000, seed: 7).Select(x => 1e9 + 1e-3 * x).ToArray(), stdTolerance: 1e-6);

    [Fact]
    public void MeansThatDifferFromBlockToBlock()
    {
        // Rows of different means, each far from its own deviation.
        double[] noise = Normal(16 * 1024, seed: 8).ToArray();
        Check(noise.Select((x, i) => (float)(100 * (i / 1024) + 1e-3 * x)).ToArray());
        Check(noise.Select((x, i) => (float)(i / 700 % 2 == 0 ? 0 : 1e6 + x)).ToArray());
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.1f)]
    [InlineData(-3f)]
    [InlineData(1e30f)]
    public void ConstantsHaveNoDeviation(float value)
    {
        float[] values = Enumerable.Repeat(value, 3001).ToArray();
        TensorStatistics statistics = Measure<float>(values);
        Check(values);
        Assert.InRange(statistics.Std, 0, 1e-7 * Math.Abs(value));
        Assert.Equal(value == 0 ? 3001 : 0, statistics.ZeroCount);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void NonFiniteAtEachPosition(float bad)
    {
        foreach (int size in new[] { 1, 7, 8, 17, 40 })
        {
            for (int position = 0; position < size; position++)
            {
                float[] values = Normal(size, seed: position).Select(x => (float)x).ToArray();
                values[position] = bad;
                Check(values);
                Check(values.Select(x => (double)x).ToArray());
            }
        }

        foreach (int position in new[] { 0, 1, 500, 1023, 1024, 1025, 2047, 2048, 2999 })
        {
            float[] values = Normal(3000, seed: position).Select(x => (float)x).ToArray();
            values[position] = bad;
            Check(values);
            Check(values.Select(x => (double)x).ToArray());
        }
    }

    [Fact]
    public void NothingButNonFinite()
    {
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        Assert.Equal(new TensorStatistics(3, 0, 0, 0, 0, 0, 0, 0, 0, 3), Measure<float>(values));
        Assert.Equal(0, Measure<float>(values).Rms);
    }

    [Fact]
    public void ZerosAndNonFiniteTogether()
    {
        float[] values = Enumerable.Range(0, 2500).Select(i => i % 3 == 0 ? 0f : i % 7 == 0 ? float.NaN : i % 11 == 0 ? -1e30f : 1e-30f).ToArray();
        Check(values);
    }

    [Fact]
    public void NothingAtAll() => Assert.Equal(default, Measure<float>([]));

    [Fact]
    public void RandomPatternsOfBits()
    {
        // Every kind of float there is: subnormal, infinite, NaN with any payload.
        var random = new Random(9);
        for (int round = 0; round < 50; round++)
        {
            Check(Enumerable.Range(0, random.Next(1, 3000)).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).ToArray());
        }
    }

    private static void Check<T>(T[] values, double? stdTolerance = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorStatistics expected = ReferenceStatistics.Of(values.Select(double.CreateTruncating));
        double tolerance = typeof(T) == typeof(float) ? Float32Tolerance : Float64Tolerance;
        ReferenceStatistics.AssertClose(expected, Measure<T>(values), tolerance, stdTolerance);

        // The vectors of a machine without AVX-512.
        var accumulator = default(StatisticsAccumulator);
        StatisticsPass.Add<T, NativeLanes<T>>(values, ref accumulator);
        ReferenceStatistics.AssertClose(expected, accumulator.ToStatistics(), tolerance, stdTolerance);
    }

    private static TensorStatistics Measure<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var accumulator = default(StatisticsAccumulator);
        StatisticsPass.Add(values, ref accumulator);
        return accumulator.ToStatistics();
    }

    private static IEnumerable<double> Normal(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            yield return Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }
    }
}
