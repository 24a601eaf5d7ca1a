using System.Buffers.Binary;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// The packed form of a step: one blob in one row, about 32 bytes for the statistics of one tensor.
/// </summary>
/// <remarks>
/// Layout 1, little-endian; <c>varint</c> is seven bits a byte, least first, of the number as an unsigned 64-bit one.
/// <code>
/// byte    layout (1)
/// varint  number of parameter records, then each:
///           varint name, byte flags, [statistics], [weight norm: float]
/// varint  number of layer records, then each:
///           varint name, byte flags, varint calls, [statistics]
/// uint32  CRC-32C of step and time (int64 each), the loss (float64; 0 if there is none) and all bytes before
///
/// statistics: varint count, varint zero count, varint non-finite count,
///             float mean, mean abs, std, min, max, [max abs], L2
/// flags:      1 has statistics; 2 every float of this record is a float64; 4 max abs is left out, being the greater of
///             |min| and |max|; 8 has a weight norm; 16 it is known whether a gradient is asked for; 32 it is
/// </code>
/// A float is a float32. A record in which a float32 would lose the magnitude of a value (it overflows, or is below the
/// normal range) has float64 throughout. The name is a row of the table <c>name</c>.
/// </remarks>
internal static class StepCodec
{
    private const byte Layout = 1;

    [Flags]
    private enum Has : byte
    {
        Statistics = 1,
        Wide = 2,
        ImpliedMaxAbs = 4,
        WeightNorm = 8,
        KnownRequiresGrad = 16,
        RequiresGrad = 32,
        All = 63,
    }

    /// <summary>Packs the parameters and layers of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="nameOf">The number of a name.</param>
    /// <param name="packed">Where the bytes go; cleared first.</param>
    public static void Encode(StepRecord step, Func<string, long> nameOf, PackedWriter packed)
    {
        packed.Clear();
        packed.Byte(Layout);
        packed.Variable(step.Parameters.Count);
        foreach (var parameter in step.Parameters)
        {
            var flags = Flags(parameter.Gradient, parameter.WeightNorm);
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
        }

        packed.Variable(step.Layers.Count);
        foreach (var layer in step.Layers)
        {
            var flags = Flags(layer.ErrorSignal, null);
            packed.Variable(nameOf(layer.Path));
            packed.Byte((byte)flags);
            packed.Variable(layer.Calls);
            Encode(layer.ErrorSignal, flags, packed);
        }

        Seal(step, packed);
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
        if (layout != Layout)
        {
            throw new InvalidDataException($"the layout {layout} is unknown");
        }

        var parameters = new ParameterRecord[packed.Count(minimumSize: 2)];
        for (var i = 0; i < parameters.Length; i++)
        {
            var path = nameFor(packed.Variable());
            var flags = DecodeFlags(ref packed);
            var gradient = DecodeStatistics(ref packed, flags);
            double? norm = flags.HasFlag(Has.WeightNorm) ? DecodeNumber(ref packed, flags) : null;
            bool? requires = flags.HasFlag(Has.KnownRequiresGrad) ? flags.HasFlag(Has.RequiresGrad) : null;
            parameters[i] = new ParameterRecord(path, gradient, norm, requires);
        }

        var layers = new LayerRecord[packed.Count(minimumSize: 3)];
        for (var i = 0; i < layers.Length; i++)
        {
            var path = nameFor(packed.Variable());
            var flags = DecodeFlags(ref packed);
            var calls = packed.Variable();
            layers[i] = new LayerRecord(path, DecodeStatistics(ref packed, flags), unchecked((int)calls));
        }

        return packed.Remaining == 0
            ? new StepRecord(step, time, loss, parameters, layers)
            : throw new InvalidDataException($"{packed.Remaining} bytes are left over");
    }

    private static Has Flags(TensorStatistics? statistics, double? norm)
    {
        Has flags = 0;
        if (statistics is { } s)
        {
            flags |= Has.Statistics;
            flags |= s.MaxAbs.Equals(Math.Max(Math.Abs(s.Min), Math.Abs(s.Max))) && !double.IsNegative(s.MaxAbs) ? Has.ImpliedMaxAbs : 0;
            var wide = NeedsDouble(s.Mean) || NeedsDouble(s.MeanAbs) || NeedsDouble(s.Std) || NeedsDouble(s.Min)
                || NeedsDouble(s.Max) || NeedsDouble(s.MaxAbs) || NeedsDouble(s.L2);
            flags |= wide ? Has.Wide : 0;
        }

        if (norm is { } n)
        {
            flags |= Has.WeightNorm | (NeedsDouble(n) ? Has.Wide : 0);
        }

        return flags;
    }

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

    private static Has DecodeFlags(ref PackedReader packed)
    {
        var flags = (Has)packed.Byte();
        return (flags & ~Has.All) == 0 ? flags : throw new InvalidDataException($"the flags {(byte)flags} are unknown");
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

    private static double DecodeNumber(ref PackedReader packed, Has flags) =>
        flags.HasFlag(Has.Wide) ? packed.Double() : packed.Single();
}
