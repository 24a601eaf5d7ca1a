using StabilityAnalyzers.NativeLibrary.Tests.Kit;

namespace StabilityAnalyzers.NativeLibrary.Tests;

public sealed class PatchedFileTests : IDisposable
{
    private static readonly DateTime Old = new(2024, 2, 29, 12, 34, 56, 789, DateTimeKind.Utc);

    private readonly TemporaryFolder folder = new();
    private readonly byte[] original = new ElfFixture().Build().Bytes;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AHardLinkIsReplacedAndTheCacheStays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Hard links are made through libc.");
        var cache = folder.Write(original, "cache", "lib.so");
        File.SetLastWriteTimeUtc(cache, Old);
        var output = folder.At("bin", "lib.so");
        Links.Hard(cache, output);

        PatchedFile.Replace(output);

        Assert.Equal(original, File.ReadAllBytes(cache));
        Assert.Equal(Old, File.GetLastWriteTimeUtc(cache));
        IsPatched(output);
    }

    [Fact]
    public void ASymbolicLinkIsReplacedAndTheCacheStays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Symbolic links need rights elsewhere.");
        var cache = folder.Write(original, "cache", "lib.so");
        File.SetLastWriteTimeUtc(cache, Old);
        var output = folder.At("bin", "lib.so");
        File.CreateSymbolicLink(output, cache);

        PatchedFile.Replace(output);

        Assert.Equal(original, File.ReadAllBytes(cache));
        Assert.Null(new FileInfo(output).LinkTarget);
        Assert.Equal(Old, File.GetLastWriteTimeUtc(output));
        IsPatched(output);
    }

    [Fact]
    public void TheTimeOfModificationStays()
    {
        var path = folder.Write(original, "lib.so");
        File.SetLastWriteTimeUtc(path, Old.AddTicks(1234567));
        var before = File.GetLastWriteTimeUtc(path);
        PatchedFile.Replace(path);
        Assert.Equal(before, File.GetLastWriteTimeUtc(path));
        IsPatched(path);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)]
    public void PermissionsStay(UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such permissions.");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var path = folder.Write(original, "lib.so");
        File.SetUnixFileMode(path, mode);
        PatchedFile.Replace(path);
        Assert.Equal(mode, File.GetUnixFileMode(path));
        IsPatched(path);
    }

    [Fact]
    public void ACopyLeavesTheSourceAndIsNewer()
    {
        var source = folder.Write(original, "cache", "lib.so");
        File.SetLastWriteTimeUtc(source, Old);
        var destination = Path.Combine(folder.Path, "obj", "stability", "lib.so");
        PatchedFile.Copy(source, Patched(), destination);
        Assert.Equal(original, File.ReadAllBytes(source));
        Assert.Equal(Old, File.GetLastWriteTimeUtc(source));
        Assert.True(File.GetLastWriteTimeUtc(destination) > Old);
        IsPatched(destination);
    }

    [Fact]
    public void ACopyThatIsThereAlreadyIsNotWrittenAgain()
    {
        var source = folder.Write(original, "cache", "lib.so");
        var destination = folder.At("obj", "lib.so");
        PatchedFile.Copy(source, Patched(), destination);
        File.SetLastWriteTimeUtc(destination, Old);
        PatchedFile.Copy(source, Patched(), destination);
        Assert.Equal(Old, File.GetLastWriteTimeUtc(destination));
    }

    [Fact]
    public void ACopyOfAnotherLibraryIsReplaced()
    {
        var source = folder.Write(original, "cache", "lib.so");
        var destination = folder.Write([1, 2, 3], "obj", "lib.so");
        PatchedFile.Copy(source, Patched(), destination);
        IsPatched(destination);
    }

    [Fact]
    public void AFileThatSomethingElseHalfWroteIsLeftAlone()
    {
        var half = original[..(original.Length / 2)];
        var path = folder.Write(half, "lib.so");
        Assert.Throws<IOException>(() => PatchedFile.Replace(path));
        Assert.Equal(half, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task ManyBuildsOfOneFolderAtOnceAgree()
    {
        var path = folder.Write(original, "bin", "lib.so");
        var copy = folder.At("obj", "lib.so");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                PatchedFile.Replace(path);
                PatchedFile.Copy(path, Patched(), copy);
            }
        })));
        IsPatched(path);
        IsPatched(copy);
    }

    private byte[] Patched()
    {
        var bytes = (byte[])original.Clone();
        WeakVersionPatch.For(bytes).Apply(bytes);
        return bytes;
    }

    private void IsPatched(string path)
    {
        Assert.Equal(Patched(), File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }
}
