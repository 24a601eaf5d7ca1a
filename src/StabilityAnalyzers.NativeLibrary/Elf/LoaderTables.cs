namespace StabilityAnalyzers.NativeLibrary;

/// <summary>
/// The loader does not read the section table but the dynamic one. What the sections say about versions and relocations holds
/// for the loader if both name the same tables, and only then.
/// </summary>
internal static class LoaderTables
{
    private const int EntrySize = 16;
    private const ulong SymbolTable = 6; // DT_SYMTAB
    private const ulong VersionTable = 0x6ffffff0; // DT_VERSYM
    private const ulong NeedTable = 0x6ffffffe; // DT_VERNEED

    // Address and size: DT_RELA and DT_RELASZ, DT_REL and DT_RELSZ, DT_JMPREL and DT_PLTRELSZ.
    private static readonly (ulong Address, ulong Size)[] RelocationTables = [(7, 8), (17, 18), (23, 2)];

    /// <summary>Makes sure of it.</summary>
    /// <param name="image">The library.</param>
    /// <exception cref="ElfException">They do not name the same, or there is no dynamic table.</exception>
    internal static void RequireAgreement(ElfImage image)
    {
        var entries = Entries(image);
        RequireSection(image, ElfImage.VersionNeeds, entries, NeedTable);
        RequireSection(image, ElfImage.SymbolVersions, entries, VersionTable);
        RequireSection(image, ElfImage.DynamicSymbols, entries, SymbolTable);
        foreach (var table in RelocationTables)
        {
            if (entries.TryGetValue(table.Address, out var address))
            {
                _ = entries.TryGetValue(table.Size, out var size);
                RequireRelocations(image, address, size);
            }
        }
    }

    private static Dictionary<ulong, ulong> Entries(ElfImage image)
    {
        var section = image.Find(ElfImage.Dynamic) ?? throw new ElfException("it has no dynamic table");
        var entries = new Dictionary<ulong, ulong>();
        for (ulong offset = 0; offset < section.Size; offset += EntrySize)
        {
            var at = image.Within(section, offset, EntrySize);
            var tag = image.U64(at);
            if (tag == 0)
            {
                break;
            }

            entries[tag] = image.U64(at + 8);
        }

        return entries;
    }

    private static void RequireSection(ElfImage image, uint type, Dictionary<ulong, ulong> entries, ulong tag)
    {
        if (!entries.TryGetValue(tag, out var address) || image.Find(type)?.Address != address)
        {
            throw new ElfException("its table of sections and its dynamic table name different tables of versions");
        }
    }

    // A linker may put two sections one behind the other and name both as one table.
    private static void RequireRelocations(ElfImage image, ulong address, ulong size)
    {
        foreach (var section in image.Sections.Where(section => section.IsRelocations).OrderBy(section => section.Address))
        {
            if (size > 0 && section.Address == address)
            {
                var covered = Math.Min(size, section.Size);
                address += covered;
                size -= covered;
            }
        }

        if (size > 0)
        {
            throw new ElfException("its table of sections does not name all relocations");
        }
    }
}
