using System.Buffers.Binary;
using StabilityAnalyzers.NativeLibrary.Tests.Kit;

namespace StabilityAnalyzers.NativeLibrary.Tests;

/// <summary>Damaged and hostile files: whatever is in them, the answer is a state, never an exception, a hang or a stray write.</summary>
public sealed class CorruptionTests
{
    private static readonly ulong[] Extremes = [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, long.MaxValue, 1UL << 63, ulong.MaxValue - 63, ulong.MaxValue];

    [Fact]
    public void RandomBytesInASmallLibraryNeverThrow()
    {
        var (original, offset) = new ElfFixture { Definitions = ["GLIBCXX_3.4", "GLIBCXX_3.4.30"] }.Build();
        var random = new Random(20_25);
        var states = new HashSet<PatchState>();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var damage = random.Next(1, 5); damage > 0; damage--)
            {
                Damage(bytes, random, bytes.Length);
            }

            var patch = Inspect(bytes);
            states.Add(patch.State);
            if (patch.State == PatchState.Needed)
            {
                // A damaged index or link may lead to another entry, never out of the table of requirements.
                Assert.InRange(patch.Offset, offset - 68, offset + 16 + 2);
            }
        }

        // Otherwise the damage would be too small or too large to say anything.
        Assert.Equal(3, states.Count);
    }

    [Fact]
    public void RandomBytesInTheTablesOfTheRealLibraryNeverThrow()
    {
        var original = RealLibrary.Read();
        var table = (int)BitConverter.ToUInt64(original, 40);
        var needs = new ElfImage(original).Find(ElfImage.VersionNeeds)!;
        var random = new Random(4711);
        var bytes = (byte[])original.Clone();
        for (var round = 0; round < 300; round++)
        {
            original.CopyTo(bytes, 0);
            Damage(bytes, random, 64);
            Damage(bytes.AsSpan(table), random, bytes.Length - table);
            Damage(bytes.AsSpan((int)needs.Offset), random, (int)needs.Size);
            Inspect(bytes);
        }
    }

    [Fact]
    public void EveryFieldOfTheHeadersSurvivesExtremeValues()
    {
        var (original, _) = new ElfFixture { Definitions = ["GLIBCXX_3.4"] }.Build();
        for (var at = 0; at + 8 <= original.Length; at += 4)
        {
            foreach (var value in Extremes)
            {
                var bytes = (byte[])original.Clone();
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
                Inspect(bytes);
            }
        }
    }

    [Fact]
    public void RequirementsThatOverlapEndAfterTheirBudget()
    {
        // Each need leads four bytes on, and so does each of its entries: without a limit, 2^33 steps.
        var bytes = OneSection(0x6ffffffe, 1 << 19, filler: 4, linked: 2);
        var patch = WeakVersionPatch.For(bytes);
        Assert.Equal(PatchState.Impossible, patch.State);
        Assert.Contains("overlap", patch.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void DefinitionsThatOverlapEndAfterTheirBudget()
    {
        var image = new ElfImage(OneSection(0x6ffffffd, 1 << 19, filler: 4, linked: 2));
        var exception = Assert.Throws<ElfException>(() => SymbolVersioning.Definitions(image).Count());
        Assert.Contains("overlap", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RelocationTablesThatOverlapEndAfterTheirBudget()
    {
        // As many sections as there can be, each of them the relocations of the whole file.
        var (original, _) = new ElfFixture().Build();
        const int Sections = ushort.MaxValue;
        var table = original.Length;
        var bytes = new byte[table + (Sections * 64)];
        original.CopyTo(bytes, 0);
        var oldTable = (int)BitConverter.ToUInt64(original, 40);
        original.AsSpan(oldTable, 6 * 64).CopyTo(bytes.AsSpan(table));
        for (var i = 6; i < Sections; i++)
        {
            var header = bytes.AsSpan(table + (i * 64));
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 9);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], 2);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)(bytes.Length & ~15));
            BinaryPrimitives.WriteUInt32LittleEndian(header[40..], 2);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(60), Sections);
        var patch = WeakVersionPatch.For(bytes);
        Assert.Equal(PatchState.Impossible, patch.State);
        Assert.Contains("overlap", patch.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameWithoutEndIsDamage()
    {
        var bytes = OneSection(0x6ffffffe, 64, filler: 16, linked: 2);
        bytes.AsSpan(64 + 64, 64).Fill((byte)'x');
        Assert.Contains("does not end", WeakVersionPatch.For(bytes).Reason, StringComparison.Ordinal);
    }

    private static WeakVersionPatch Inspect(byte[] bytes)
    {
        var before = (byte[])bytes.Clone();
        var patch = WeakVersionPatch.For(bytes);
        Assert.Equal(before, bytes);
        if (patch.State == PatchState.Needed)
        {
            patch.Apply(bytes);
            var changed = Enumerable.Range(0, bytes.Length).Where(i => bytes[i] != before[i]).ToArray();
            Assert.Single(changed);
            Assert.Equal(before[changed[0]] | 2, bytes[changed[0]]);
            Assert.Equal(PatchState.NotNeeded, WeakVersionPatch.For(bytes).State);
        }

        return patch;
    }

    private static void Damage(Span<byte> bytes, Random random, int length)
    {
        var at = random.Next(length);
        switch (random.Next(4))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at + 4 <= length:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], (uint)Extremes[random.Next(Extremes.Length)]);
                break;
            case 3 when at + 8 <= length:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], Extremes[random.Next(Extremes.Length)]);
                break;
        }
    }

    // A file of one section, of which every 32-bit word is the filler, and a table of strings of zeros behind it.
    private static byte[] OneSection(uint type, int size, byte filler, uint linked)
    {
        var strings = 64 + size;
        var table = strings + 64;
        var bytes = new byte[table + (3 * 64)];
        new ElfFixture().Build().Bytes.AsSpan(0, 64).CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(60), 3);
        for (var i = 64; i < strings; i++)
        {
            bytes[i] = (i & 3) == 0 ? filler : (byte)0;
        }

        var header = bytes.AsSpan(table + 64);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], 64);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], linked);
        BinaryPrimitives.WriteUInt32LittleEndian(header[68..], 3);
        BinaryPrimitives.WriteUInt64LittleEndian(header[88..], (ulong)strings);
        BinaryPrimitives.WriteUInt64LittleEndian(header[96..], 64);
        return bytes;
    }
}
