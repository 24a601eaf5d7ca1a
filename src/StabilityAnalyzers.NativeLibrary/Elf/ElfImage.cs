using System.Text;

namespace StabilityAnalyzers.NativeLibrary;

/// <summary>
/// Reads the parts of a 64-bit little-endian ELF file that symbol versioning is made of (System V ABI, gABI 4.1; LSB 5.0,
/// "Symbol Versioning"). Every offset is checked against the file; whatever does not fit is an <see cref="ElfException"/>.
/// </summary>
internal sealed class ElfImage
{
    internal const uint SymbolVersions = 0x6fffffff;
    internal const uint VersionNeeds = 0x6ffffffe;
    internal const uint VersionDefinitions = 0x6ffffffd;
    internal const uint DynamicSymbols = 11;
    internal const uint RelocationsWithAddend = 4;
    internal const uint Relocations = 9;

    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int LongestName = 4096;

    private readonly byte[] bytes;

    /// <param name="bytes">The whole file.</param>
    /// <exception cref="ElfException">It is not a 64-bit little-endian ELF file, or its section table is damaged.</exception>
    internal ElfImage(byte[] bytes)
    {
        this.bytes = bytes;
        if (bytes.Length < HeaderSize || bytes[0] != 0x7f || bytes[1] != 'E' || bytes[2] != 'L' || bytes[3] != 'F')
        {
            throw new ElfException("it is no ELF file");
        }

        if (bytes[4] != 2 || bytes[5] != 1)
        {
            throw new ElfException("it is no 64-bit little-endian ELF file");
        }

        var table = U64(40);
        int size = U16(58), count = U16(60);
        if (size != SectionHeaderSize || count == 0)
        {
            throw new ElfException("it has no section table");
        }

        var sections = new Section[count];
        for (var i = 0; i < count; i++)
        {
            var at = Checked(table + ((ulong)i * SectionHeaderSize), SectionHeaderSize);
            sections[i] = new Section(i, U32(at + 4), U64(at + 24), U64(at + 32), U32(at + 40), U32(at + 44));
        }

        Sections = sections;
    }

    /// <summary>The section headers, in the order of the file.</summary>
    internal IReadOnlyList<Section> Sections { get; }

    /// <summary>The section of a type; null if there is none.</summary>
    internal Section? Find(uint type) => Sections.FirstOrDefault(section => section.Type == type);

    /// <summary>The section that a section header's link points to.</summary>
    internal Section Linked(Section section) =>
        section.Link < Sections.Count ? Sections[(int)section.Link] : throw new ElfException("a section links to one that does not exist");

    /// <summary>Position in the file of a range within a section.</summary>
    internal int Within(Section section, ulong offset, int length)
    {
        if (offset > section.Size || (ulong)length > section.Size - offset)
        {
            throw new ElfException("an entry lies outside of its section");
        }

        return Checked(section.Offset + offset, length);
    }

    /// <summary>A name in a string table.</summary>
    internal string Name(Section strings, uint offset)
    {
        var start = Within(strings, offset, 1);
        var limit = (int)Math.Min(LongestName, strings.Size - offset);
        Checked((ulong)start, limit);
        var end = Array.IndexOf(bytes, (byte)0, start, limit);
        return end >= 0 ? Encoding.UTF8.GetString(bytes, start, end - start) : throw new ElfException("a name does not end");
    }

    internal ushort U16(int at) => (ushort)(bytes[at] | (bytes[at + 1] << 8));

    internal uint U32(int at) => U16(at) | ((uint)U16(at + 2) << 16);

    internal ulong U64(int at) => U32(at) | ((ulong)U32(at + 4) << 32);

    private int Checked(ulong offset, int length) =>
        offset <= (ulong)bytes.Length && (ulong)length <= (ulong)bytes.Length - offset
            ? (int)offset
            : throw new ElfException("it is truncated or damaged");

    /// <summary>A section header.</summary>
    /// <param name="Index">Its index.</param>
    /// <param name="Type">Type (<c>sh_type</c>).</param>
    /// <param name="Offset">Position in the file (<c>sh_offset</c>).</param>
    /// <param name="Size">Length in bytes (<c>sh_size</c>).</param>
    /// <param name="Link">Index of the section that it refers to (<c>sh_link</c>).</param>
    /// <param name="Info">Number of entries, for version sections (<c>sh_info</c>).</param>
    internal sealed record Section(int Index, uint Type, ulong Offset, ulong Size, uint Link, uint Info);
}
