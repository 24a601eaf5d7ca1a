using System.Numerics;
using StabilityAnalyzers.NativeLibrary.Tests.Kit;

namespace StabilityAnalyzers.NativeLibrary.Tests;

/// <summary>The library that TorchSharp really ships, and a second reader to compare with.</summary>
public sealed class RealLibraryTests
{
    private readonly byte[] original = RealLibrary.Read();

    [Fact]
    public void BothReadersSeeTheSameRequirements()
    {
        var expected = new DynamicSegment(original).Requirements().ToArray();
        var actual = SymbolVersioning.Requirements(new ElfImage(original))
            .Select(item => (item.Library, item.Version, item.Index, item.Flags, item.FlagsOffset));
        Assert.True(expected.Length > 10, "The library asks for many versions.");
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void BothReadersSeeTheSameUsedSymbolsOfEveryVersion()
    {
        var dynamic = new DynamicSegment(original);
        var image = new ElfImage(original);
        foreach (var requirement in dynamic.Requirements())
        {
            var expected = dynamic.SymbolsOf(requirement.Index).Where(symbol => symbol.IsUsed).Select(symbol => symbol.Name);
            Assert.Equal(expected, SymbolVersioning.UsedSymbols(image, requirement.Index));
        }
    }

    [Fact]
    public void OneUnusedSymbolNeedsTheVersion()
    {
        var dynamic = new DynamicSegment(original);
        var requirement = dynamic.Requirements().Single(item => item.Version == WeakVersionPatch.Version);
        Assert.Equal(("_ZSt21ios_base_library_initv", false), Assert.Single(dynamic.SymbolsOf(requirement.Index)));
    }

    [Fact]
    public void ExactlyOneBitOfTheRightRequirementChanges()
    {
        var requirement = new DynamicSegment(original).Requirements()
            .Single(item => item is { Library: WeakVersionPatch.Library, Version: WeakVersionPatch.Version });
        var patched = (byte[])original.Clone();
        var patch = WeakVersionPatch.For(patched);
        Assert.Equal(PatchState.Needed, patch.State);
        patch.Apply(patched);

        var changed = Enumerable.Range(0, original.Length).Where(i => original[i] != patched[i]).ToArray();
        Assert.Equal([requirement.FlagsOffset], changed);
        Assert.Equal(1, BitOperations.PopCount((uint)(original[changed[0]] ^ patched[changed[0]])));
        Assert.Equal(
            new DynamicSegment(original).Requirements().Select(item => item.Version == WeakVersionPatch.Version ? item with { Flags = 2 } : item),
            new DynamicSegment(patched).Requirements());
        Assert.Equal(PatchState.NotNeeded, WeakVersionPatch.For(patched).State);
    }
}
