using StabilityAnalyzers.NativeLibrary.Tests.Kit;

namespace StabilityAnalyzers.NativeLibrary.Tests;

public sealed class WeakVersionPatchTests
{
    // What must be left alone.

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(100_000)]
    public void ZerosOfAnyLengthAreLeftAlone(int length) => IsLeftAlone(new byte[length], PatchState.Impossible, "no ELF file");

    [Fact]
    public void TextIsLeftAlone() =>
        IsLeftAlone("version https://git-lfs.github.com/spec/v1\noid sha256:0000000000000000000000000000000000000000\n"u8.ToArray(), PatchState.Impossible, "no ELF file");

    [Theory]
    [InlineData(4, 1)] // ELFCLASS32
    [InlineData(5, 2)] // ELFDATA2MSB
    [InlineData(4, 0)]
    [InlineData(5, 0)]
    public void AnotherWordSizeOrByteOrderIsLeftAlone(int position, byte value)
    {
        var (bytes, _) = new ElfFixture().Build();
        bytes[position] = value;
        IsLeftAlone(bytes, PatchState.Impossible, "64-bit little-endian");
    }

    [Fact]
    public void TruncatedAnywhereIsLeftAlone()
    {
        var (bytes, _) = new ElfFixture().Build();
        for (var length = 0; length < bytes.Length; length += 16)
        {
            IsLeftAlone(bytes[..length], PatchState.Impossible, string.Empty);
        }
    }

    [Fact]
    public void WithoutSectionTableIsLeftAlone()
    {
        var (bytes, _) = new ElfFixture().Build();
        bytes[60] = bytes[61] = 0;
        IsLeftAlone(bytes, PatchState.Impossible, "no section table");
    }

    [Fact]
    public void ASymbolThatARelocationUsesIsLeftAlone() =>
        IsLeftAlone(new ElfFixture { RelocationUsesSymbol = true }.Build().Bytes, PatchState.Impossible, "really uses _ZSt21ios_base_library_initv");

    [Fact]
    public void AHiddenSymbolThatARelocationUsesIsLeftAlone() =>
        IsLeftAlone(
            new ElfFixture { RelocationUsesSymbol = true, SymbolIsHidden = true }.Build().Bytes,
            PatchState.Impossible,
            "really uses _ZSt21ios_base_library_initv");

    [Fact]
    public void ASymbolThatIsDefinedHereIsLeftAlone() =>
        IsLeftAlone(new ElfFixture { SymbolIsDefinedHere = true }.Build().Bytes, PatchState.Impossible, "really uses");

    [Fact]
    public void ARequirementThatIsThereTwiceIsLeftAlone() =>
        IsLeftAlone(new ElfFixture { AsksTwice = true }.Build().Bytes, PatchState.Impossible, "more than once");

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void AWeakRequirementIsLeftAlone(ushort flags) =>
        IsLeftAlone(new ElfFixture { Flags = flags }.Build().Bytes, PatchState.NotNeeded, "weak already");

    [Theory]
    [InlineData("GLIBCXX_3.4.31")]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("GLIBCXX_3.4.320")]
    [InlineData("glibcxx_3.4.32")]
    public void AnotherVersionIsLeftAlone(string version) =>
        IsLeftAlone(new ElfFixture { Version = version }.Build().Bytes, PatchState.NotNeeded, "does not ask");

    [Theory]
    [InlineData("libfoo.so.6")]
    [InlineData("libstdc++.so.60")]
    public void TheSameVersionOfAnotherLibraryIsLeftAlone(string library) =>
        IsLeftAlone(new ElfFixture { Library = library }.Build().Bytes, PatchState.NotNeeded, "does not ask");

    [Fact]
    public void ALibraryThatAsksForNoVersionsIsLeftAlone()
    {
        var (bytes, _) = new ElfFixture().Build();
        SetSectionType(bytes, 0x6ffffffe, 1);
        IsLeftAlone(bytes, PatchState.NotNeeded, "does not ask");
    }

    [Fact]
    public void WithoutTheTableOfSymbolVersionsIsLeftAlone()
    {
        var (bytes, _) = new ElfFixture().Build();
        SetSectionType(bytes, 0x6fffffff, 1);
        IsLeftAlone(bytes, PatchState.Impossible, "no table of symbol versions");
    }

    [Fact]
    public void WithoutDynamicTableIsLeftAlone() =>
        IsLeftAlone(new ElfFixture { HasDynamicTable = false }.Build().Bytes, PatchState.Impossible, "no dynamic table");

    [Fact]
    public void RelocationsThatOnlyTheLoaderSeesAreLeftAlone() =>
        IsLeftAlone(new ElfFixture { SectionsHideARelocation = true }.Build().Bytes, PatchState.Impossible, "does not name all relocations");

    [Theory]
    [InlineData(7UL, "does not name all relocations")]
    [InlineData(6UL, "different tables")]
    [InlineData(0x6ffffff0UL, "different tables")]
    [InlineData(0x6ffffffeUL, "different tables")]
    public void TablesThatAreElsewhereForTheLoaderAreLeftAlone(ulong entry, string reason) =>
        IsLeftAlone(new ElfFixture { MisplacedEntry = entry }.Build().Bytes, PatchState.Impossible, reason);

    // What is done.

    [Fact]
    public void RelocationsInTwoSectionsThatAreOneTableForTheLoaderAreAllSeen()
    {
        Assert.Equal(PatchState.Needed, WeakVersionPatch.For(new ElfFixture { RelocationsAreInTwoSections = true }.Build().Bytes).State);
        IsLeftAlone(
            new ElfFixture { RelocationsAreInTwoSections = true, RelocationUsesSymbol = true }.Build().Bytes, PatchState.Impossible, "really uses");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0x104)]
    public void ExactlyTheWeakFlagIsSet(ushort flags)
    {
        var (bytes, offset) = new ElfFixture { Flags = flags }.Build();
        var original = (byte[])bytes.Clone();

        var patch = WeakVersionPatch.For(bytes);
        Assert.Equal(PatchState.Needed, patch.State);
        Assert.Equal(original, bytes);

        patch.Apply(bytes);
        var expected = (byte[])original.Clone();
        expected[offset] |= 2;
        Assert.Equal(expected, bytes);
        Assert.NotEqual(original, bytes);
    }

    [Fact]
    public void AHiddenUnusedSymbolMakesNoDifference() =>
        Assert.Equal(PatchState.Needed, WeakVersionPatch.For(new ElfFixture { SymbolIsHidden = true }.Build().Bytes).State);

    [Fact]
    public void ItIsDoneOnce()
    {
        var (bytes, _) = new ElfFixture().Build();
        WeakVersionPatch.For(bytes).Apply(bytes);
        IsLeftAlone(bytes, PatchState.NotNeeded, "weak already");
    }

    private static void IsLeftAlone(byte[] bytes, PatchState state, string reason)
    {
        var patch = WeakVersionPatch.For(bytes);
        Assert.Equal(state, patch.State);
        Assert.Contains(reason, patch.Reason, StringComparison.Ordinal);
    }

    private static void SetSectionType(byte[] bytes, uint type, uint newType)
    {
        var table = (int)BitConverter.ToUInt64(bytes, 40);
        var count = BitConverter.ToUInt16(bytes, 60);
        var header = Enumerable.Range(0, count).Select(i => table + (i * 64)).Single(at => BitConverter.ToUInt32(bytes, at + 4) == type);
        BitConverter.TryWriteBytes(bytes.AsSpan(header + 4), newType);
    }
}
