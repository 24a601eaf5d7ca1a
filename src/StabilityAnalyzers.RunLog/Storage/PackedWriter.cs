using System.Buffers.Binary;
using System.Numerics;

namespace StabilityAnalyzers.RunLog;

/// <summary>A growing buffer of packed numbers, little-endian. Used again for every step.</summary>
internal sealed class PackedWriter
{
    private byte[] _buffer = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Byte(byte value) => Reserve(1)[0] = value;

    /// <summary>Seven bits a byte, least first; a negative number takes ten bytes.</summary>
    public void Variable(long value)
    {
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            Byte((byte)(rest | 0x80));
            rest >>= 7;
        }

        Byte((byte)rest);
    }

    public void Single(double value) => BinaryPrimitives.WriteSingleLittleEndian(Reserve(sizeof(float)), (float)value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Reserve(sizeof(double)), value);

    public void Fixed(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), value);

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - Length < count)
        {
            Array.Resize(ref _buffer, (int)BitOperations.RoundUpToPowerOf2((uint)(Length + count)));
        }

        var span = _buffer.AsSpan(Length, count);
        Length += count;
        return span;
    }
}
