namespace StabilityAnalyzers.RunLog.Tests;

public class StepCodecTests
{
    private static readonly double[] Odd =
    [
        0, -0.0, 1, -1, Math.PI, 1e-40, -1e-40, 1e-45, 1e-60, 5e-324, 1e60, double.MaxValue, float.MaxValue, float.Epsilon,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1.0 / 3,
    ];

    [Fact]
    public void Float32Statistics_ComeBackExactly()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var step = Some.RandomStep(seed, layers: 5, seed);
            Assert.True(Some.Same(step, RoundTrip(step)));
        }
    }

    [Fact]
    public void EverythingThatAStepCanHold_ComesBackExactly()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            TensorStatistics? Maybe() => random.Next(2) == 0 ? null : Some.RandomStatistics(random) with { MaxAbs = random.Next(4) };
            long? Count() => random.Next(2) == 0 ? null : random.NextInt64(1L << 40);
            var step = Some.RandomStep(seed, layers: 3, seed);
            step = step with
            {
                Parameters = [.. step.Parameters.Select(parameter => parameter with { Update = Maybe() })],
                Layers = [.. step.Layers.Select(layer => layer with { Output = Maybe(), LastErrorSignal = Maybe() })],
                Activations = [.. Enumerable.Range(0, random.Next(4)).Select(i => new ActivationRecord(
                    $"act{i}", "ReLU", i == 0 ? null : "fc", random.Next(9), random.Next(9), Count(), Count()))],
                Input = Maybe(),
                OutputSpread = random.Next(2) == 0 ? null : random.NextDouble(),
                ValidationLoss = random.Next(2) == 0 ? null : double.NaN,
            };
            Assert.True(Some.Same(step, RoundTrip(step)));
        }
    }

    [Fact]
    public void EveryOddNumber_KeepsItsMagnitudeAndSign()
    {
        foreach (var value in Odd)
        {
            var statistics = new TensorStatistics(3, value, value, value, value, value, value, value, 1, 1);
            var step = Some.Step(7, value, [new("w", statistics, value)], [new("l", statistics)]);

            var back = RoundTrip(step);

            Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(back.Loss!.Value));
            AssertClose(value, back.Parameters[0].WeightNorm!.Value);
            foreach (var read in new[] { back.Parameters[0].Gradient!.Value, back.Layers[0].ErrorSignal!.Value })
            {
                AssertClose(value, read.Mean);
                AssertClose(value, read.MeanAbs);
                AssertClose(value, read.Std);
                AssertClose(value, read.Min);
                AssertClose(value, read.Max);
                AssertClose(value, read.MaxAbs);
                AssertClose(value, read.L2);
            }
        }
    }

    [Fact]
    public void MagnitudesBeyondFloat32_ComeBackExactly()
    {
        var statistics = new TensorStatistics(10, 1e-60, 2e-60, 3e-60, -4e-60, 5e-60, 5e-60, 1e-59, 0, 0);
        var step = Some.Step(0, null, [new("w", statistics)], []);

        Assert.Equal(statistics, RoundTrip(step).Parameters[0].Gradient);
    }

    [Fact]
    public void CountsAndFlags_ComeBackExactly()
    {
        var statistics = Some.Uniform(1) with { Count = long.MaxValue, ZeroCount = 1L << 40, NonFiniteCount = 127 };
        ParameterRecord[] parameters =
        [
            new("none", null),
            new("norm", null, 2),
            new("asks", null, null, true),
            new("frozen", null, null, false),
            new("all", statistics, 0.5, true),
            new("maximum is not that of min and max", statistics with { MaxAbs = 17 }),
        ];
        LayerRecord[] layers = [new("unseen", null), new("many", statistics, 1000), new("absurd", null, int.MinValue)];
        var step = Some.Step(long.MaxValue, null, parameters, layers);

        Assert.True(Some.Same(step, RoundTrip(step)));
    }

    [Fact]
    public void EmptyStep_ComesBack() => Assert.True(Some.Same(Some.Step(0), RoundTrip(Some.Step(0))));

    [Fact]
    public void OneTensor_NeedsLessThanFortyBytes()
    {
        var (bytes, _) = Encode(Some.RandomStep(1, layers: 100));

        Assert.InRange(bytes.Length, 1, 300 * 40);
    }

    [Fact]
    public void EveryFlippedBit_IsNoticed()
    {
        var step = Some.RandomStep(3, layers: 2);
        var (bytes, names) = Encode(step);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => Decode(step, damaged, names));
        }
    }

    [Fact]
    public void EveryTruncation_IsNoticed()
    {
        var step = Some.RandomStep(3, layers: 2);
        var (bytes, names) = Encode(step);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Decode(step, bytes[..length], names));
        }
    }

    [Fact]
    public void BytesOfAnotherStep_AreNoticed()
    {
        var step = Some.RandomStep(3, layers: 2);
        var (bytes, names) = Encode(step);

        Assert.Throws<InvalidDataException>(() => Decode(step with { Step = 4 }, bytes, names));
        Assert.Throws<InvalidDataException>(() => Decode(step with { Loss = 4 }, bytes, names));
        Assert.Throws<InvalidDataException>(() => Decode(step with { Time = TimeSpan.Zero }, bytes, names));
    }

    [Fact]
    public void AnyBytesWithARightChecksum_AreReadOrRefused()
    {
        // The checksum keeps damage out; what is behind it must still not trust a number it reads.
        var random = new Random(5);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var packed = new PackedWriter();
            packed.Byte(1);
            for (var n = random.Next(40); n > 0; n--)
            {
                packed.Byte((byte)(random.Next(2) == 0 ? random.Next(8) : random.Next(256)));
            }

            var step = Some.Step(0);
            var bytes = StepCodec.Seal(step, packed);
            try
            {
                StepCodec.Decode(0, TimeSpan.Zero, null, bytes, id => id is >= 0 and < 10 ? "x" : throw new InvalidDataException());
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 19_999);
    }

    private static void AssertClose(double expected, double actual)
    {
        if (double.IsNaN(expected) || double.IsInfinity(expected) || expected == 0)
        {
            Assert.Equal(expected, actual);
            Assert.Equal(double.IsNegative(expected), double.IsNegative(actual));
        }
        else
        {
            Assert.InRange(actual / expected, 1 - 1e-7, 1 + 1e-7);
        }
    }

    private static StepRecord RoundTrip(StepRecord step)
    {
        var (bytes, names) = Encode(step);
        return Decode(step, bytes, names);
    }

    private static (byte[] Bytes, List<string> Names) Encode(StepRecord step)
    {
        var names = new List<string>();
        var packed = new PackedWriter();
        StepCodec.Encode(
            step,
            name =>
            {
                names.Add(name);
                return names.Count - 1;
            },
            packed);
        return (packed.Written.ToArray(), names);
    }

    private static StepRecord Decode(StepRecord step, byte[] bytes, List<string> names) =>
        StepCodec.Decode(step.Step, step.Time, step.Loss, bytes, id => names[(int)id]);
}
