using System.Buffers.Binary;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Reads what <see cref="PackedWriter"/> wrote. Whatever the bytes are, it reads within them or throws an
/// <see cref="InvalidDataException"/>.
/// </summary>
internal ref struct PackedReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public byte Byte() => Take(1)[0];

    public long Variable()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)value;
            }
        }

        throw new InvalidDataException("a number does not end");
    }

    /// <summary>A number of records of at least <paramref name="minimumSize"/> bytes each, which must fit into what is left.</summary>
    public int Count(int minimumSize)
    {
        var count = Variable();
        return count >= 0 && count <= Remaining / minimumSize
            ? (int)count
            : throw new InvalidDataException($"{count} records cannot be in {Remaining} bytes");
    }

    public double Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public uint Fixed() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count)
        {
            throw new InvalidDataException("the bytes end too early");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
