using System.Text;
using StabilityAnalyzers.NativeLibrary.Tests.Kit;

namespace StabilityAnalyzers.NativeLibrary.Tests;

public sealed class LibStdCxxTests : IDisposable
{
    private const string Wanted = WeakVersionPatch.Version;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Caches of the loader.

    [Fact]
    public void ACacheThatIsNoneIsEmpty()
    {
        Assert.Empty(LibStdCxx.ReadCache([]));
        Assert.Empty(LibStdCxx.ReadCache(new byte[1000]));
        Assert.Empty(LibStdCxx.ReadCache("ld.so-1.7.0\0"u8.ToArray()));
        Assert.Empty(LibStdCxx.ReadCache("glibc-ld.so.cache1.1"u8.ToArray()));
    }

    [Fact]
    public void ATruncatedCacheGivesWhatIsWhole()
    {
        var cache = Cache(("libstdc++.so.6", "/usr/lib/libstdc++.so.6"));
        for (var length = 0; length < cache.Length; length++)
        {
            Assert.Empty(LibStdCxx.ReadCache(cache[..length]));
        }
    }

    [Fact]
    public void ADamagedCacheNeverThrows()
    {
        var cache = Cache(("libc.so.6", "/lib/libc.so.6"), ("libstdc++.so.6", "/usr/lib/libstdc++.so.6"));
        var random = new Random(11);
        for (var round = 0; round < 10_000; round++)
        {
            var damaged = (byte[])cache.Clone();
            for (var damage = random.Next(1, 6); damage > 0; damage--)
            {
                damaged[random.Next(damaged.Length)] = (byte)(random.Next(2) * random.Next(256));
            }

            Assert.InRange(LibStdCxx.ReadCache(damaged).Count, 0, 2);
        }
    }

    [Fact]
    public void ACountThatIsTooLargeEndsWithTheFile()
    {
        var cache = Cache(("libstdc++.so.6", "/usr/lib/libstdc++.so.6"));
        BitConverter.TryWriteBytes(cache.AsSpan(20), uint.MaxValue);
        Assert.Equal("/usr/lib/libstdc++.so.6", LibStdCxx.ReadCache(cache)[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void TheEntriesOfTheLibraryComeInTheirOrder(int before)
    {
        // An older cache may come first in the file; the newer one's offsets count from its own start.
        byte[] cache = [.. new byte[before], .. Cache(
            ("libc.so.6", "/lib/libc.so.6"),
            ("libstdc++.so.6", "/usr/lib32/libstdc++.so.6"),
            ("libstdc++.so.60", "/usr/lib/libstdc++.so.60"),
            ("libstdc++.so.6", "/usr/lib/libstdc++.so.6"))];
        Assert.Equal(["/usr/lib32/libstdc++.so.6", "/usr/lib/libstdc++.so.6"], LibStdCxx.ReadCache(cache));
    }

    [Fact]
    public void TheCacheOfThisSystemIsRead()
    {
        Assert.SkipUnless(File.Exists("/etc/ld.so.cache"), "This system has no /etc/ld.so.cache.");
        var bytes = File.ReadAllBytes("/etc/ld.so.cache");
        Assert.SkipUnless(bytes.AsSpan().IndexOf("libstdc++.so.6\0"u8) >= 0, "The C++ runtime library is not in the cache.");
        Assert.NotEmpty(LibStdCxx.ReadCache(bytes));
        Assert.All(LibStdCxx.ReadCache(bytes), path => Assert.EndsWith("/libstdc++.so.6", path, StringComparison.Ordinal));
    }

    // Which versions a library offers.

    [Fact]
    public void WithoutAnyLibraryTheVersionIsLacking()
    {
        Assert.True(LibStdCxx.Lacks(Wanted, [], out var evidence));
        Assert.Contains("no libstdc++.so.6", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void ALibraryThatOffersTheVersionDoesNotLackIt()
    {
        var path = Library("GLIBCXX_3.4.30", Wanted, "CXXABI_1.3");
        Assert.False(LibStdCxx.Lacks(Wanted, [path], out var evidence));
        Assert.Contains($"{path} offers {Wanted}", evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.30")]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("GLIBCXX_3.4.320")]
    public void ALibraryWithOtherVersionsLacksIt(string version)
    {
        var path = Library(version, "CXXABI_1.3");
        Assert.True(LibStdCxx.Lacks(Wanted, [path], out var evidence));
        Assert.Contains($"{path} lacks {Wanted}", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFirstLibraryThatCanBeReadDecides()
    {
        var damaged = folder.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 1, 1], "lib32", "libstdc++.so.6");
        var missing = Path.Combine(folder.Path, "missing");
        var old = Library("GLIBCXX_3.4.30");
        var recent = Library(Wanted);
        Assert.True(LibStdCxx.Lacks(Wanted, [damaged, missing, old, recent], out _));
        Assert.False(LibStdCxx.Lacks(Wanted, [missing, damaged, recent, old], out _));
    }

    [Fact]
    public void TheLibraryOfThisSystemIsRead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this library.");
        Assert.SkipUnless(LibStdCxx.Lacks("no such version", out var evidence) && !evidence.StartsWith("no ", StringComparison.Ordinal), "No C++ runtime library was found.");
        Assert.False(LibStdCxx.Lacks("GLIBCXX_3.4", out _));
    }

    private string Library(params string[] versions) =>
        folder.Write(new ElfFixture { Definitions = versions }.Build().Bytes, Guid.NewGuid().ToString("N"), "libstdc++.so.6");

    private static byte[] Cache(params (string Name, string Path)[] entries)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("glibc-ld.so.cache1.1"u8);
        writer.Write((uint)entries.Length);
        writer.Write(new byte[24]);
        var strings = new List<byte>();
        var start = 48 + (entries.Length * 24);
        foreach (var (name, path) in entries)
        {
            writer.Write(0x0303u);
            writer.Write((uint)(start + Add(strings, name)));
            writer.Write((uint)(start + Add(strings, path)));
            writer.Write(new byte[12]);
        }

        writer.Write([.. strings]);
        return stream.ToArray();
    }

    private static int Add(List<byte> strings, string text)
    {
        var at = strings.Count;
        strings.AddRange(Encoding.UTF8.GetBytes(text));
        strings.Add(0);
        return at;
    }
}
