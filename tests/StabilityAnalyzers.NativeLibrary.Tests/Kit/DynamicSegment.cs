using System.Buffers.Binary;
using System.Text;

namespace StabilityAnalyzers.NativeLibrary.Tests.Kit;

/// <summary>
/// A second reader of symbol versions, which goes the way of the loader: program headers, the dynamic segment and its
/// addresses. The one under test goes by the section table; on a sound file both must say the same.
/// </summary>
internal sealed class DynamicSegment
{
    private const int Load = 1, Dynamic = 2;
    private const long Strings = 5, SymbolTable = 6, Rela = 7, RelaSize = 8, PltSize = 2, Plt = 23, Versions = 0x6ffffff0, Needs = 0x6ffffffe, NeedCount = 0x6fffffff;

    private readonly byte[] bytes;
    private readonly Dictionary<long, ulong> entries = [];
    private readonly List<(ulong Address, ulong Offset, ulong Size)> segments = [];

    public DynamicSegment(byte[] bytes)
    {
        this.bytes = bytes;
        var headers = U64(32);
        for (var i = 0; i < U16(56); i++)
        {
            var at = headers + ((ulong)i * 56);
            if (U32(at) == Load)
            {
                segments.Add((U64(at + 16), U64(at + 8), U64(at + 32)));
            }
            else if (U32(at) == Dynamic)
            {
                for (var entry = U64(at + 8); U64(entry) != 0; entry += 16)
                {
                    entries[(long)U64(entry)] = U64(entry + 8);
                }
            }
        }
    }

    /// <summary>Every version that the file asks for: library, version, index, flags, position of the flags.</summary>
    public IEnumerable<(string Library, string Version, ushort Index, ushort Flags, int FlagsOffset)> Requirements()
    {
        var need = Position(entries[Needs]);
        for (ulong i = 0; i < entries[NeedCount]; i++)
        {
            var entry = need + U32(need + 8);
            for (var k = 0; k < U16(need + 2); k++)
            {
                yield return (Text(U32(need + 4)), Text(U32(entry + 8)), U16(entry + 6), U16(entry + 4), (int)entry + 4);
                entry += U32(entry + 12);
            }

            need += U32(need + 12);
        }
    }

    /// <summary>Names of the symbols with a version, and whether a relocation names them or they are defined here.</summary>
    public IEnumerable<(string Name, bool IsUsed)> SymbolsOf(ushort version)
    {
        var relocated = Relocated(Rela, RelaSize).Concat(Relocated(Plt, PltSize)).ToHashSet();
        var versions = Position(entries[Versions]);
        var symbols = Position(entries[SymbolTable]);

        // The table of strings follows the table of symbols in what linkers write; neither says its own length.
        for (ulong i = 0; symbols + (i * 24) < Position(entries[Strings]); i++)
        {
            if ((U16(versions + (i * 2)) & 0x7fff) == version)
            {
                var symbol = symbols + (i * 24);
                yield return (Text(U32(symbol)), relocated.Contains(i) || U16(symbol + 6) != 0);
            }
        }
    }

    private IEnumerable<ulong> Relocated(long table, long size)
    {
        for (ulong at = 0; at < entries[size]; at += 24)
        {
            yield return U64(Position(entries[table]) + at + 8) >> 32;
        }
    }

    private ulong Position(ulong address)
    {
        var segment = segments.Single(segment => address >= segment.Address && address < segment.Address + segment.Size);
        return address - segment.Address + segment.Offset;
    }

    private string Text(uint offset)
    {
        var start = (int)(Position(entries[Strings]) + offset);
        return Encoding.ASCII.GetString(bytes, start, Array.IndexOf(bytes, (byte)0, start) - start);
    }

    private ushort U16(ulong at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan((int)at));

    private uint U32(ulong at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan((int)at));

    private ulong U64(ulong at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)at));
}
