namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>Records to test with. Random ones come from a seed.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Start = new(2025, 3, 14, 9, 26, 53, 589, TimeSpan.Zero);

    public static RunInfo Run(params LayerInfo[] layers) =>
        new("run-1", "Samples.Spirals.SigmoidNet", Start, layers, new Dictionary<string, string> { ["device"] = "cpu" });

    /// <summary>Statistics of a tensor whose elements all have one absolute value, half of them negative.</summary>
    public static TensorStatistics Uniform(double magnitude, long count = 64, long nonFinite = 0) => new(
        count,
        Mean: 0,
        MeanAbs: magnitude,
        Std: magnitude,
        Min: -magnitude,
        Max: magnitude,
        MaxAbs: magnitude,
        L2: magnitude * Math.Sqrt(count - nonFinite),
        ZeroCount: magnitude == 0 ? count - nonFinite : 0,
        NonFiniteCount: nonFinite);

    public static StepRecord Step(
        long step,
        double? loss = null,
        IReadOnlyList<ParameterRecord>? parameters = null,
        IReadOnlyList<LayerRecord>? layers = null) =>
        new(step, TimeSpan.FromMilliseconds(10 * step), loss, parameters ?? [], layers ?? []);

    /// <summary>A step of a model with so many layers of one weight and one bias each.</summary>
    public static StepRecord RandomStep(long step, int layers, int seed = 1)
    {
        var random = new Random(unchecked((seed * 7919) + (int)step));
        var parameters = new List<ParameterRecord>();
        var signals = new List<LayerRecord>();
        for (var i = 0; i < layers; i++)
        {
            parameters.Add(new ParameterRecord($"blocks.{i}.linear.weight", RandomStatistics(random), (float)random.NextDouble(), true));
            parameters.Add(new ParameterRecord($"blocks.{i}.linear.bias", RandomStatistics(random), (float)random.NextDouble(), true));
            signals.Add(new LayerRecord($"blocks.{i}.linear", RandomStatistics(random)));
        }

        return new StepRecord(step, TimeSpan.FromTicks(step * 12345), random.NextDouble(), parameters, signals);
    }

    /// <summary>Statistics as a float32 tensor of random size and magnitude has them; every number is a float32.</summary>
    public static TensorStatistics RandomStatistics(Random random)
    {
        var scale = Math.Pow(10, -12 * random.NextDouble());
        float Next() => (float)(scale * random.NextDouble());
        var (min, max) = (-Next(), Next());
        var count = random.NextInt64(1, 1 << 22);
        return new TensorStatistics(
            count, Next(), Next(), Next(), min, max, Math.Max(-min, max), Next(), random.NextInt64(count / 100 + 1), 0);
    }

    /// <summary>True if two steps say the same, to the last bit; records with lists compare by reference otherwise.</summary>
    public static bool Same(StepRecord x, StepRecord y) =>
        x.Step == y.Step
        && x.Time == y.Time
        && Nullable.Equals(x.Loss, y.Loss)
        && x.Parameters.SequenceEqual(y.Parameters)
        && x.Layers.SequenceEqual(y.Layers)
        && x.Activations.SequenceEqual(y.Activations)
        && Nullable.Equals(x.Input, y.Input)
        && Nullable.Equals(x.OutputSpread, y.OutputSpread)
        && Nullable.Equals(x.ValidationLoss, y.ValidationLoss);
}
