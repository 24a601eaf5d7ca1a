using System.Text;

namespace StabilityAnalyzers.NativeLibrary;

/// <summary>
/// Reads the parts of a 64-bit little-endian ELF file that symbol versioning is made of (System V ABI, gABI 4.1; LSB 5.0,
/// "Symbol Versioning"). Every offset is checked against the file; whatever does not fit is an <see cref="ElfException"/>.
/// </summary>
internal sealed class ElfImage
{
    internal const uint Strings = 3;
    internal const uint SymbolVersions = 0x6fffffff;
    internal const uint VersionNeeds = 0x6ffffffe;
    internal const uint VersionDefinitions = 0x6ffffffd;
    internal const uint DynamicSymbols = 11;
    internal const uint RelocationsWithAddend = 4;
    internal const uint Relocations = 9;
    internal const uint Dynamic = 6;

    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const ulong LoadedFlag = 2;
    private const int LongestName = 4096;
    private const string Damaged = "it is truncated or damaged";

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
        var at = Checked(table, count * SectionHeaderSize);
        for (var i = 0; i < count; i++, at += SectionHeaderSize)
        {
            sections[i] = new Section(i, U32(at + 4), (U64(at + 8) & LoadedFlag) != 0, U64(at + 16), U64(at + 24), U64(at + 32), U32(at + 40));
        }

        Sections = sections;
    }

    /// <summary>The section headers, in the order of the file.</summary>
    internal IReadOnlyList<Section> Sections { get; }

    /// <summary>Length of the file in bytes.</summary>
    internal int Length => bytes.Length;

    /// <summary>The section of a type; null if there is none.</summary>
    /// <exception cref="ElfException">There is more than one, so that it is not clear which one the loader takes.</exception>
    internal Section? Find(uint type)
    {
        Section? found = null;
        foreach (var section in Sections)
        {
            if (section.Type == type)
            {
                found = found is null ? section : throw new ElfException("it has two tables of one kind");
            }
        }

        return found;
    }

    /// <summary>The section that a section header's link points to, which must be of a type.</summary>
    internal Section Linked(Section section, uint type) =>
        section.Link < Sections.Count && Sections[(int)section.Link] is var linked && linked.Type == type
            ? linked
            : throw new ElfException("a section links to one that is missing or of another kind");

    /// <summary>Position in the file of a range within a section.</summary>
    internal int Within(Section section, ulong offset, int length)
    {
        if (offset > section.Size || (ulong)length > section.Size - offset)
        {
            throw new ElfException("an entry lies outside of its section");
        }

        // Neither summand is larger than the file, so that their sum cannot wrap around.
        return section.Offset <= (ulong)bytes.Length && offset <= (ulong)bytes.Length
            ? Checked(section.Offset + offset, length)
            : throw new ElfException(Damaged);
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
            : throw new ElfException(Damaged);

    /// <summary>A section header.</summary>
    /// <param name="Index">Its index.</param>
    /// <param name="Type">Type (<c>sh_type</c>).</param>
    /// <param name="IsLoaded">Whether it is in memory at run time (<c>SHF_ALLOC</c>).</param>
    /// <param name="Address">Where it is in memory, from the start of the library (<c>sh_addr</c>).</param>
    /// <param name="Offset">Position in the file (<c>sh_offset</c>).</param>
    /// <param name="Size">Length in bytes (<c>sh_size</c>).</param>
    /// <param name="Link">Index of the section that it refers to (<c>sh_link</c>).</param>
    internal sealed record Section(int Index, uint Type, bool IsLoaded, ulong Address, ulong Offset, ulong Size, uint Link)
    {
        /// <summary>Whether the loader applies it: relocations that are not loaded are left over from linking.</summary>
        internal bool IsRelocations => IsLoaded && (Type is RelocationsWithAddend or Relocations);
    }
}
