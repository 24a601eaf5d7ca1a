namespace StabilityAnalyzers.NativeLibrary;

/// <summary>One version that a library asks of another.</summary>
/// <param name="Library">Name of the other library, for example <c>libstdc++.so.6</c>.</param>
/// <param name="Version">The version, for example <c>GLIBCXX_3.4.32</c>.</param>
/// <param name="Index">Its number in the table of symbol versions (<c>vna_other</c>).</param>
/// <param name="Flags">The flags (<c>vna_flags</c>).</param>
/// <param name="FlagsOffset">Where in the file the flags are, two bytes.</param>
internal sealed record VersionRequirement(string Library, string Version, ushort Index, ushort Flags, int FlagsOffset);

/// <summary>Reads the symbol versions of an ELF image.</summary>
internal static class SymbolVersioning
{
    private const int NeedSize = 16;
    private const int DefinitionSize = 20;
    private const int SymbolSize = 24;
    private const int RelocationSize = 16;
    private const int RelocationWithAddendSize = 24;
    private const ushort HiddenBit = 0x8000;

    /// <summary>The versions that the image asks for, by the chain of links that the loader follows.</summary>
    internal static IEnumerable<VersionRequirement> Requirements(ElfImage image)
    {
        if (image.Find(ElfImage.VersionNeeds) is not { } section)
        {
            yield break;
        }

        var strings = image.Linked(section, ElfImage.Strings);
        var budget = section.Size / NeedSize;
        for (var need = Link.First; need.Exists;)
        {
            var at = Entry(image, section, need, NeedSize, ref budget);
            var library = image.Name(strings, image.U32(at + 4));
            for (var auxiliary = need.Next(image.U32(at + 8)); auxiliary.Exists;)
            {
                var entry = Entry(image, section, auxiliary, NeedSize, ref budget);
                var index = (ushort)(image.U16(entry + 6) & ~HiddenBit);
                yield return new VersionRequirement(library, image.Name(strings, image.U32(entry + 8)), index, image.U16(entry + 4), entry + 4);
                auxiliary = auxiliary.Next(image.U32(entry + 12));
            }

            need = need.Next(image.U32(at + 12));
        }
    }

    /// <summary>The versions that the image offers to others.</summary>
    internal static IEnumerable<string> Definitions(ElfImage image)
    {
        if (image.Find(ElfImage.VersionDefinitions) is not { } section)
        {
            yield break;
        }

        var strings = image.Linked(section, ElfImage.Strings);
        var budget = section.Size / DefinitionSize;
        for (var definition = Link.First; definition.Exists;)
        {
            var at = Entry(image, section, definition, DefinitionSize, ref budget);
            var name = image.Within(section, definition.Offset + image.U32(at + 12), 8);
            yield return image.Name(strings, image.U32(name));
            definition = definition.Next(image.U32(at + 16));
        }
    }

    /// <summary>
    /// Names of the dynamic symbols that need a version and are really used: defined here, or the target of a relocation.
    /// </summary>
    internal static IReadOnlyList<string> UsedSymbols(ElfImage image, ushort versionIndex)
    {
        if (image.Find(ElfImage.SymbolVersions) is not { } versions)
        {
            throw new ElfException("it has no table of symbol versions");
        }

        var symbols = image.Linked(versions, ElfImage.DynamicSymbols);
        if (versions.Size / 2 != symbols.Size / SymbolSize)
        {
            throw new ElfException("its symbols and their versions do not match");
        }

        var relocated = RelocatedSymbols(image, symbols.Index);
        var strings = image.Linked(symbols, ElfImage.Strings);
        var used = new List<string>();
        for (ulong i = 0; i < versions.Size / 2; i++)
        {
            if ((image.U16(image.Within(versions, i * 2, 2)) & ~HiddenBit) != versionIndex)
            {
                continue;
            }

            var symbol = image.Within(symbols, i * SymbolSize, SymbolSize);
            var isDefinedHere = image.U16(symbol + 6) != 0;
            if (isDefinedHere || relocated.Contains(i))
            {
                used.Add(image.Name(strings, image.U32(symbol)));
            }
        }

        return used;
    }

    private static HashSet<ulong> RelocatedSymbols(ElfImage image, int symbolSection)
    {
        var symbols = new HashSet<ulong>();
        var budget = (ulong)image.Length / RelocationSize;
        foreach (var section in image.Sections.Where(section => section.IsRelocations))
        {
            var size = section.Type == ElfImage.RelocationsWithAddend ? RelocationWithAddendSize : RelocationSize;
            if (section.Link != symbolSection)
            {
                throw new ElfException("it has relocations against other symbols than the dynamic ones");
            }

            for (ulong offset = 0; offset < section.Size; offset += (ulong)size)
            {
                symbols.Add(image.U64(Entry(image, section, new Link(offset), size, ref budget) + 8) >> 32);
            }
        }

        return symbols;
    }

    // Position of an entry. Entries that do not overlap are never more than their budget; a damaged file may have links or
    // sections that lead over the same bytes again and again.
    private static int Entry(ElfImage image, ElfImage.Section section, Link link, int size, ref ulong budget) =>
        budget-- > 0 ? image.Within(section, link.Offset, size) : throw new ElfException("its entries overlap");

    // A place in a section, reached by steps that lead forward only; a step of 0 ends a chain.
    private readonly record struct Link(ulong Offset, bool Exists = true)
    {
        internal static Link First => new(0);

        internal Link Next(uint step) => step == 0 ? default : new(Offset + step);
    }
}
