using System.Buffers.Binary;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// The packed form of a step: one blob in one row, about 32 bytes for the statistics of one tensor.
/// </summary>
/// <remarks>
/// Layout 1 or 2, little-endian; <c>varint</c> is seven bits a byte, least first, of the number as an unsigned 64-bit one.
/// <code>
/// byte    layout
/// varint  number of parameter records, then each:
///           varint name, byte flags, [statistics], [weight norm: float], [update: statistics]
/// varint  number of layer records, then each:
///           varint name, byte flags, varint calls, [statistics], [output: statistics], [error signal of the last call: statistics]
/// layout 2 only:
/// varint  number of activation records, then each:
///           varint name, varint kind (a name), varint layer (a name) + 1 or 0, varint units, varint samples,
///           varint dead units + 1 or 0, varint saturated units + 1 or 0
/// byte    what follows: 1 input, 2 output spread, 4 validation loss; then each of them:
///           statistics (float64 throughout), float64, float64
/// uint32  CRC-32C of step and time (int64 each), the loss (float64; 0 if there is none) and all bytes before
///
/// statistics: varint count, varint zero count, varint non-finite count,
///             float mean, mean abs, std, min, max, [max abs], L2
/// flags:      1 has statistics; 2 every float of this record is a float64; 4 max abs is left out, being the greater of
///             |min| and |max|, of the first statistics; 8 has a weight norm; 16 it is known whether a gradient is asked
///             for; 32 it is; 64 has an update, or an output; 128 has an error signal of the last call
/// </code>
/// A float is a float32. A record in which a float32 would lose the magnitude of a value (it overflows, or is below the
/// normal range) has float64 throughout. A step that has nothing of layout 2 is written in layout 1. The name is a row of the table <c>name</c>.
/// </remarks>
internal static class StepCodec
{
    private const byte Layout = 1;
    private const byte WideLayout = 2;

    [Flags]
    private enum Has : byte
    {
        Statistics = 1,
        Wide = 2,
        ImpliedMaxAbs = 4,
        WeightNorm = 8,
        KnownRequiresGrad = 16,
        RequiresGrad = 32,
        Second = 64,
        Third = 128,
        OfLayout1 = 63,
        OfLayout2 = 255,
    }

    [Flags]
    private enum Extra : byte
    {
        Input = 1,
        OutputSpread = 2,
        ValidationLoss = 4,
        All = 7,
    }

    /// <summary>Packs the parameters and layers of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="nameOf">The number of a name.</param>
    /// <param name="packed">Where the bytes go; cleared first.</param>
    public static void Encode(StepRecord step, Func<string, long> nameOf, PackedWriter packed)
    {
        packed.Clear();
        var layout = NeedsLayout2(step) ? WideLayout : Layout;
        packed.Byte(layout);
        packed.Variable(step.Parameters.Count);
        foreach (var parameter in step.Parameters)
        {
            var flags = Flags(parameter.Gradient, parameter.Update, null, parameter.WeightNorm);
            if (parameter.RequiresGrad is { } requires)
            {
                flags |= Has.KnownRequiresGrad | (requires ? Has.RequiresGrad : 0);
            }

            packed.Variable(nameOf(parameter.Path));
            packed.Byte((byte)flags);
            Encode(parameter.Gradient, flags, packed);
            if (parameter.WeightNorm is { } norm)
            {
                Encode(norm, flags, packed);
            }

            Encode(parameter.Update, flags & ~Has.ImpliedMaxAbs, packed);
        }

        packed.Variable(step.Layers.Count);
        foreach (var layer in step.Layers)
        {
            var flags = Flags(layer.ErrorSignal, layer.Output, layer.LastErrorSignal, null);
            packed.Variable(nameOf(layer.Path));
            packed.Byte((byte)flags);
            packed.Variable(layer.Calls);
            Encode(layer.ErrorSignal, flags, packed);
            Encode(layer.Output, flags & ~Has.ImpliedMaxAbs, packed);
            Encode(layer.LastErrorSignal, flags & ~Has.ImpliedMaxAbs, packed);
        }

        if (layout == WideLayout)
        {
            EncodeRest(step, nameOf, packed);
        }

        Seal(step, packed);
    }

    private static bool NeedsLayout2(StepRecord step) =>
        step.Activations.Count > 0 || step.Input is not null || step.OutputSpread is not null || step.ValidationLoss is not null
        || step.Parameters.Any(parameter => parameter.Update is not null)
        || step.Layers.Any(layer => layer.Output is not null || layer.LastErrorSignal is not null);

    private static void EncodeRest(StepRecord step, Func<string, long> nameOf, PackedWriter packed)
    {
        packed.Variable(step.Activations.Count);
        foreach (var activation in step.Activations)
        {
            packed.Variable(nameOf(activation.Path));
            packed.Variable(nameOf(activation.Kind));
            packed.Variable(activation.Layer is { } layer ? nameOf(layer) + 1 : 0);
            packed.Variable(activation.Units);
            packed.Variable(activation.Samples);
            packed.Variable(activation.DeadUnits + 1 ?? 0);
            packed.Variable(activation.SaturatedUnits + 1 ?? 0);
        }

        packed.Byte((byte)((step.Input is null ? 0 : Extra.Input)
            | (step.OutputSpread is null ? 0 : Extra.OutputSpread)
            | (step.ValidationLoss is null ? 0 : Extra.ValidationLoss)));
        Encode(step.Input, Has.Wide, packed);
        if (step.OutputSpread is { } spread)
        {
            packed.Double(spread);
        }

        if (step.ValidationLoss is { } loss)
        {
            packed.Double(loss);
        }
    }

    private static StepRecord DecodeRest(StepRecord step, Func<long, string> nameFor, ref PackedReader packed)
    {
        var activations = new ActivationRecord[packed.Count(minimumSize: 7)];
        for (var i = 0; i < activations.Length; i++)
        {
            var path = nameFor(packed.Variable());
            var kind = nameFor(packed.Variable());
            var layer = packed.Variable();
            activations[i] = new ActivationRecord(
                path,
                kind,
                layer == 0 ? null : nameFor(layer - 1),
                packed.Variable(),
                packed.Variable(),
                OrNull(packed.Variable()),
                OrNull(packed.Variable()));
        }

        var extra = (Extra)packed.Byte();
        if ((extra & ~Extra.All) != 0)
        {
            throw new InvalidDataException($"the extras {(byte)extra} are unknown");
        }

        return step with
        {
            Activations = activations,
            Input = DecodeStatistics(ref packed, extra.HasFlag(Extra.Input) ? Has.Statistics | Has.Wide : 0),
            OutputSpread = extra.HasFlag(Extra.OutputSpread) ? packed.Double() : null,
            ValidationLoss = extra.HasFlag(Extra.ValidationLoss) ? packed.Double() : null,
        };

        static long? OrNull(long value) => value == 0 ? null : value - 1;
    }

    /// <summary>Puts the checksum at the end of the bytes of a step.</summary>
    internal static ReadOnlySpan<byte> Seal(StepRecord step, PackedWriter packed)
    {
        packed.Fixed(Checksum.Of(step.Step, step.Time, step.Loss, packed.Written));
        return packed.Written;
    }

    /// <summary>Unpacks a step.</summary>
    /// <exception cref="InvalidDataException">The bytes are not those that were written with this step.</exception>
    public static StepRecord Decode(long step, TimeSpan time, double? loss, ReadOnlySpan<byte> bytes, Func<long, string> nameFor)
    {
        if (bytes.Length < sizeof(uint)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Checksum.Of(step, time, loss, bytes[..^sizeof(uint)]))
        {
            throw new InvalidDataException("the checksum is wrong");
        }

        var packed = new PackedReader(bytes[..^sizeof(uint)]);
        var layout = packed.Byte();
        if (layout is not (Layout or WideLayout))
        {
            throw new InvalidDataException($"the layout {layout} is unknown");
        }

        var parameters = new ParameterRecord[packed.Count(minimumSize: 2)];
        for (var i = 0; i < parameters.Length; i++)
        {
            var path = nameFor(packed.Variable());
            var flags = DecodeFlags(ref packed, layout);
            var gradient = DecodeStatistics(ref packed, flags);
            double? norm = flags.HasFlag(Has.WeightNorm) ? DecodeNumber(ref packed, flags) : null;
            bool? requires = flags.HasFlag(Has.KnownRequiresGrad) ? flags.HasFlag(Has.RequiresGrad) : null;
            parameters[i] = new ParameterRecord(path, gradient, norm, requires, DecodeSecond(ref packed, flags, Has.Second));
        }

        var layers = new LayerRecord[packed.Count(minimumSize: 3)];
        for (var i = 0; i < layers.Length; i++)
        {
            var path = nameFor(packed.Variable());
            var flags = DecodeFlags(ref packed, layout);
            var calls = packed.Variable();
            layers[i] = new LayerRecord(
                path,
                DecodeStatistics(ref packed, flags),
                unchecked((int)calls),
                DecodeSecond(ref packed, flags, Has.Second),
                DecodeSecond(ref packed, flags, Has.Third));
        }

        var record = new StepRecord(step, time, loss, parameters, layers);
        record = layout == WideLayout ? DecodeRest(record, nameFor, ref packed) : record;
        return packed.Remaining == 0
            ? record
            : throw new InvalidDataException($"{packed.Remaining} bytes are left over");
    }

    private static Has Flags(TensorStatistics? statistics, TensorStatistics? second, TensorStatistics? third, double? norm)
    {
        Has flags = 0;
        if (statistics is { } s)
        {
            flags |= Has.Statistics;
            flags |= s.MaxAbs.Equals(Math.Max(Math.Abs(s.Min), Math.Abs(s.Max))) && !double.IsNegative(s.MaxAbs) ? Has.ImpliedMaxAbs : 0;
        }

        flags |= second is null ? 0 : Has.Second;
        flags |= third is null ? 0 : Has.Third;
        flags |= NeedsDouble(statistics) || NeedsDouble(second) || NeedsDouble(third) ? Has.Wide : 0;
        if (norm is { } n)
        {
            flags |= Has.WeightNorm | (NeedsDouble(n) ? Has.Wide : 0);
        }

        return flags;
    }

    private static bool NeedsDouble(TensorStatistics? statistics) =>
        statistics is { } s
        && (NeedsDouble(s.Mean) || NeedsDouble(s.MeanAbs) || NeedsDouble(s.Std) || NeedsDouble(s.Min)
            || NeedsDouble(s.Max) || NeedsDouble(s.MaxAbs) || NeedsDouble(s.L2));

    /// <summary>True if a float32 is infinite, zero or below the normal range where the value is not.</summary>
    private static bool NeedsDouble(double value) =>
        double.IsFinite(value) && value != 0 && !float.IsNormal((float)value);

    private static void Encode(TensorStatistics? statistics, Has flags, PackedWriter packed)
    {
        if (statistics is not { } s)
        {
            return;
        }

        packed.Variable(s.Count);
        packed.Variable(s.ZeroCount);
        packed.Variable(s.NonFiniteCount);
        Encode(s.Mean, flags, packed);
        Encode(s.MeanAbs, flags, packed);
        Encode(s.Std, flags, packed);
        Encode(s.Min, flags, packed);
        Encode(s.Max, flags, packed);
        if (!flags.HasFlag(Has.ImpliedMaxAbs))
        {
            Encode(s.MaxAbs, flags, packed);
        }

        Encode(s.L2, flags, packed);
    }

    private static void Encode(double value, Has flags, PackedWriter packed)
    {
        if (flags.HasFlag(Has.Wide))
        {
            packed.Double(value);
        }
        else
        {
            packed.Single(value);
        }
    }

    private static Has DecodeFlags(ref PackedReader packed, byte layout)
    {
        var flags = (Has)packed.Byte();
        return (flags & ~(layout == Layout ? Has.OfLayout1 : Has.OfLayout2)) == 0 ? flags : throw new InvalidDataException($"the flags {(byte)flags} are unknown");
    }

    private static TensorStatistics? DecodeStatistics(ref PackedReader packed, Has flags)
    {
        if (!flags.HasFlag(Has.Statistics))
        {
            return null;
        }

        var count = packed.Variable();
        var zeros = packed.Variable();
        var nonFinite = packed.Variable();
        var mean = DecodeNumber(ref packed, flags);
        var meanAbs = DecodeNumber(ref packed, flags);
        var std = DecodeNumber(ref packed, flags);
        var min = DecodeNumber(ref packed, flags);
        var max = DecodeNumber(ref packed, flags);
        var maxAbs = flags.HasFlag(Has.ImpliedMaxAbs)
            ? Math.Max(Math.Abs(min), Math.Abs(max))
            : DecodeNumber(ref packed, flags);
        var l2 = DecodeNumber(ref packed, flags);
        return new TensorStatistics(count, mean, meanAbs, std, min, max, maxAbs, l2, zeros, nonFinite);
    }

    private static TensorStatistics? DecodeSecond(ref PackedReader packed, Has flags, Has which) =>
        flags.HasFlag(which) ? DecodeStatistics(ref packed, (flags & Has.Wide) | Has.Statistics) : null;

    private static double DecodeNumber(ref PackedReader packed, Has flags) =>
        flags.HasFlag(Has.Wide) ? packed.Double() : packed.Single();
}
