using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// CRC-32C of what the file holds of a step, or of a name: SQLite itself does not notice a flipped bit in a value.
/// </summary>
internal static class Checksum
{
    /// <summary>Of a step: its number, time, loss (0 if there is none) and packed bytes.</summary>
    public static uint Of(long step, TimeSpan time, double? loss, ReadOnlySpan<byte> bytes)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (ulong)step);
        crc = BitOperations.Crc32C(crc, (ulong)time.Ticks);
        crc = BitOperations.Crc32C(crc, CanonicalBits(loss ?? 0));
        return ~Continue(crc, bytes);
    }

    /// <summary>Of a name and its number.</summary>
    public static uint Of(long id, string name) =>
        ~Continue(BitOperations.Crc32C(uint.MaxValue, (ulong)id), Encoding.UTF8.GetBytes(name));

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }

    /// <summary>The bits of a number as they come back from the file, where every NaN is the same.</summary>
    private static ulong CanonicalBits(double value) =>
        BitConverter.DoubleToUInt64Bits(double.IsNaN(value) ? double.NaN : value);
}
