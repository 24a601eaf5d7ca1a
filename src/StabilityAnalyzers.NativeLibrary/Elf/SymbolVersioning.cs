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
    private const ushort HiddenBit = 0x8000;

    /// <summary>The versions that the image asks for.</summary>
    internal static IReadOnlyList<VersionRequirement> Requirements(ElfImage image)
    {
        var requirements = new List<VersionRequirement>();
        if (image.Find(ElfImage.VersionNeeds) is not { } section)
        {
            return requirements;
        }

        var strings = image.Linked(section);
        ulong need = 0;
        for (uint i = 0; i < Limit(section, NeedSize); i++)
        {
            var at = image.Within(section, need, NeedSize);
            var library = image.Name(strings, image.U32(at + 4));
            var auxiliary = need + image.U32(at + 8);
            for (int k = 0, count = image.U16(at + 2); k < count; k++)
            {
                var entry = image.Within(section, auxiliary, NeedSize);
                requirements.Add(new VersionRequirement(
                    library, image.Name(strings, image.U32(entry + 8)), image.U16(entry + 6), image.U16(entry + 4), entry + 4));
                auxiliary = Next(auxiliary, image.U32(entry + 12));
            }

            need = Next(need, image.U32(at + 12));
        }

        return requirements;
    }

    /// <summary>The versions that the image offers to others.</summary>
    internal static IReadOnlyCollection<string> Definitions(ElfImage image)
    {
        var definitions = new HashSet<string>();
        if (image.Find(ElfImage.VersionDefinitions) is not { } section)
        {
            return definitions;
        }

        var strings = image.Linked(section);
        ulong definition = 0;
        for (uint i = 0; i < Limit(section, DefinitionSize); i++)
        {
            var at = image.Within(section, definition, DefinitionSize);
            var name = image.Within(section, definition + image.U32(at + 12), 8);
            definitions.Add(image.Name(strings, image.U32(name)));
            definition = Next(definition, image.U32(at + 16));
        }

        return definitions;
    }

    /// <summary>
    /// Names of the dynamic symbols that need a version and are really used: defined here, or the target of a relocation.
    /// </summary>
    internal static IReadOnlyList<string> UsedSymbols(ElfImage image, ushort versionIndex)
    {
        if (image.Find(ElfImage.SymbolVersions) is not { } versions || image.Find(ElfImage.DynamicSymbols) is not { } symbols)
        {
            throw new ElfException("it has no table of symbol versions");
        }

        var relocated = RelocatedSymbols(image, symbols.Index);
        var strings = image.Linked(symbols);
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
        foreach (var section in image.Sections)
        {
            var size = section.Type switch
            {
                ElfImage.RelocationsWithAddend => 24,
                ElfImage.Relocations => 16,
                _ => 0,
            };
            if (size == 0 || section.Link != symbolSection)
            {
                continue;
            }

            for (ulong offset = 0; offset + (ulong)size <= section.Size; offset += (ulong)size)
            {
                symbols.Add(image.U64(image.Within(section, offset, size) + 8) >> 32);
            }
        }

        return symbols;
    }

    // No more entries than fit into the section, whatever the header says.
    private static uint Limit(ElfImage.Section section, int entry) => (uint)Math.Min(section.Info, section.Size / (ulong)entry);

    // A link of 0 ends a chain; going on at the same place would read the same entry again.
    private static ulong Next(ulong at, uint step) => step == 0 ? ulong.MaxValue / 2 : at + step;
}
