using System.Text;

namespace StabilityAnalyzers.NativeLibrary.Tests.Kit;

/// <summary>
/// A small shared library, made byte by byte: what its dynamic tables say about symbols and their versions, and nothing else.
/// It asks libc for one version and a C++ runtime library for three, of which the middle one is the one of interest.
/// </summary>
internal sealed record ElfFixture
{
    private const ushort LocalVersion = 0, GlobalVersion = 1, LibcVersion = 2, AbiVersion = 3, TargetVersion = 4, OlderVersion = 5;
    private const int HeaderSize = 64, EntrySize = 16;
    private const int StringsSection = 1, SymbolsSection = 2;

    public string Library { get; init; } = WeakVersionPatch.Library;

    public string Version { get; init; } = WeakVersionPatch.Version;

    /// <summary>Flags of the requirement of interest.</summary>
    public ushort Flags { get; init; }

    public bool RelocationUsesSymbol { get; init; }

    public bool SymbolIsDefinedHere { get; init; }

    /// <summary>Sets the bit that hides a symbol from the linker in its entry in the table of versions.</summary>
    public bool SymbolIsHidden { get; init; }

    /// <summary>Takes the version of interest twice.</summary>
    public bool AsksTwice { get; init; }

    /// <summary>The dynamic table names one relocation more than the sections do.</summary>
    public bool SectionsHideARelocation { get; init; }

    /// <summary>The relocations are in two sections, one behind the other, and are one table for the loader.</summary>
    public bool RelocationsAreInTwoSections { get; init; }

    /// <summary>An entry of the dynamic table that names another address than the section's.</summary>
    public ulong? MisplacedEntry { get; init; }

    public bool HasDynamicTable { get; init; } = true;

    /// <summary>The versions that the library offers itself.</summary>
    public IReadOnlyList<string> Definitions { get; init; } = [];

    /// <summary>The file, and where in it the flags of interest are.</summary>
    public (byte[] Bytes, int FlagsOffset) Build()
    {
        var strings = new Strings();
        var symbols = Symbols(strings);
        var needs = Needs(strings);
        var definitions = DefinitionTable(strings);
        var relocations = Relocations();
        var half = RelocationsAreInTwoSections ? relocations.Length / 48 * 24 : relocations.Length;
        Section[] sections =
        [
            new(3, 2, strings.Bytes, 0),
            new(11, 2, symbols, StringsSection),
            new(0x6fffffff, 2, Versions(), SymbolsSection),
            new(0x6ffffffe, 2, needs, StringsSection),
            new(4, 2, relocations[..half], SymbolsSection),
            .. RelocationsAreInTwoSections ? [new Section(4, 2, relocations[half..], SymbolsSection)] : Array.Empty<Section>(),
            .. Definitions.Count > 0 ? [new Section(0x6ffffffd, 2, definitions, StringsSection)] : Array.Empty<Section>(),
            .. HasDynamicTable ? [new Section(6, 2, new byte[6 * EntrySize], StringsSection)] : Array.Empty<Section>(),
        ];
        var bytes = Assemble(sections, out var offsets);
        if (HasDynamicTable)
        {
            DynamicTable(offsets, relocations.Length).CopyTo(bytes, offsets[^1]);
        }

        // Need of libc, its one entry, need of the C++ library, then its entries: the second is the one of interest.
        return (bytes, offsets[3] + (4 * EntrySize) + 4);
    }

    private byte[] Symbols(Strings strings) => Write(writer =>
    {
        Symbol(writer, 0, isDefined: false);
        Symbol(writer, strings.Add("malloc"), isDefined: false);
        Symbol(writer, strings.Add("__cxa_throw"), isDefined: false);
        Symbol(writer, strings.Add("_ZSt21ios_base_library_initv"), SymbolIsDefinedHere);
        Symbol(writer, strings.Add("THSTensor_dispose"), isDefined: true);
    });

    private static void Symbol(BinaryWriter writer, uint name, bool isDefined)
    {
        writer.Write(name);
        writer.Write((byte)0x12);
        writer.Write((byte)0);
        writer.Write((ushort)(isDefined ? 1 : 0));
        writer.Write(0UL);
        writer.Write(0UL);
    }

    private byte[] Versions() => Write(writer =>
    {
        writer.Write(LocalVersion);
        writer.Write(LibcVersion);
        writer.Write(AbiVersion);
        writer.Write((ushort)(TargetVersion | (SymbolIsHidden ? 0x8000 : 0)));
        writer.Write(GlobalVersion);
    });

    private byte[] Needs(Strings strings) => Write(writer =>
    {
        Need(writer, strings.Add("libc.so.6"), count: 1, next: 2 * EntrySize);
        Entry(writer, strings.Add("GLIBC_2.34"), LibcVersion, 0, isLast: true);
        Need(writer, strings.Add(Library), count: 3, next: 0);
        Entry(writer, strings.Add("CXXABI_1.3"), AbiVersion, 0, isLast: false);
        Entry(writer, strings.Add(Version), TargetVersion, Flags, isLast: false);
        Entry(writer, strings.Add(AsksTwice ? Version : "GLIBCXX_3.4.30"), OlderVersion, 0, isLast: true);
    });

    private static void Need(BinaryWriter writer, uint library, ushort count, uint next)
    {
        writer.Write((ushort)1);
        writer.Write(count);
        writer.Write(library);
        writer.Write((uint)EntrySize);
        writer.Write(next);
    }

    private static void Entry(BinaryWriter writer, uint version, ushort index, ushort flags, bool isLast)
    {
        writer.Write(0xdecade00u);
        writer.Write(flags);
        writer.Write(index);
        writer.Write(version);
        writer.Write(isLast ? 0u : EntrySize);
    }

    private byte[] DefinitionTable(Strings strings) => Write(writer =>
    {
        for (var i = 0; i < Definitions.Count; i++)
        {
            writer.Write((ushort)1);
            writer.Write((ushort)0);
            writer.Write((ushort)(i + 1));
            writer.Write((ushort)1);
            writer.Write(0u);
            writer.Write(20u);
            writer.Write(i == Definitions.Count - 1 ? 0u : 28u);
            writer.Write(strings.Add(Definitions[i]));
            writer.Write(0u);
        }
    });

    private byte[] Relocations() => Write(writer =>
    {
        uint[] symbols = RelocationUsesSymbol ? [0, 1, 2, 3] : [0, 1, 2];
        foreach (var symbol in symbols)
        {
            writer.Write(0x4000UL);
            writer.Write(((ulong)symbol << 32) | (symbol == 0 ? 8u : 7u));
            writer.Write(0UL);
        }
    });

    // Addresses are positions in the file.
    private byte[] DynamicTable(int[] offsets, int relocationSize) => Write(writer =>
    {
        (ulong Tag, int Value)[] entries = [(6, offsets[1]), (0x6ffffff0, offsets[2]), (0x6ffffffe, offsets[3]), (7, offsets[4])];
        foreach (var (tag, value) in entries)
        {
            writer.Write(tag);
            writer.Write((ulong)value + (tag == MisplacedEntry ? 8u : 0u));
        }

        writer.Write(8UL);
        writer.Write((ulong)relocationSize + (SectionsHideARelocation ? 24u : 0u));
        writer.Write(0UL);
        writer.Write(0UL);
    });

    private static byte[] Assemble(Section[] sections, out int[] offsets)
    {
        var positions = new int[sections.Length];
        var at = HeaderSize;
        for (var i = 0; i < sections.Length; i++)
        {
            positions[i] = at;
            at += (sections[i].Data.Length + 7) & ~7;
        }

        offsets = positions;
        var table = at;
        return Write(writer =>
        {
            writer.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            writer.Write((ushort)3);
            writer.Write((ushort)62);
            writer.Write(1u);
            writer.Write(0UL);
            writer.Write(0UL);
            writer.Write((ulong)table);
            writer.Write(0u);
            writer.Write((ushort)HeaderSize);
            writer.Write((ushort)56);
            writer.Write((ushort)0);
            writer.Write((ushort)64);
            writer.Write((ushort)(sections.Length + 1));
            writer.Write((ushort)0);
            foreach (var section in sections)
            {
                writer.Write(section.Data);
                writer.Write(new byte[-section.Data.Length & 7]);
            }

            writer.Write(new byte[64]);
            for (var i = 0; i < sections.Length; i++)
            {
                writer.Write(0u);
                writer.Write(sections[i].Type);
                writer.Write(sections[i].Flags);
                writer.Write((ulong)positions[i]);
                writer.Write((ulong)positions[i]);
                writer.Write((ulong)sections[i].Data.Length);
                writer.Write(sections[i].Link);
                writer.Write(0u);
                writer.Write(8UL);
                writer.Write(0UL);
            }
        });
    }

    private static byte[] Write(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        return stream.ToArray();
    }

    private sealed record Section(uint Type, ulong Flags, byte[] Data, uint Link);

    private sealed class Strings
    {
        private readonly List<byte> bytes = [0];

        public byte[] Bytes => [.. bytes];

        public uint Add(string text)
        {
            var at = (uint)bytes.Count;
            bytes.AddRange(Encoding.UTF8.GetBytes(text));
            bytes.Add(0);
            return at;
        }
    }
}
