using System.Runtime.InteropServices;

namespace StabilityAnalyzers.NativeLibrary.Tests.Packages;

/// <summary>
/// What somebody gets who installs the packages: packs them, restores them into new programs, and builds, publishes and runs those on the real
/// libtorch. Takes half a minute on two cores, therefore only when asked for:
/// <c>dotnet run --project tests/StabilityAnalyzers.NativeLibrary.Tests -- --explicit only</c>.
/// </summary>
public sealed class PackageConsumerTests
{
    private const string Fixed = "made loadable";
    private const string Code = "System.Console.WriteLine($\"sum {TorchSharp.torch.ones(2).sum().item<float>()}\");";
    private const string LibTorch = "libtorch-cpu-linux-x64 2.10.0";
    private static readonly string InRuntimes = Path.Combine("runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact(Explicit = true)]
    [Trait("Category", "Package")]
    public async Task ProgramsThatUseThePackageLoadTorchSharpHoweverTheyArePublished()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64, "The library in question is for Linux on x64.");
        using var feed = await Feed.CreateAsync();
        var app = feed.Project("App", "<OutputType>Exe</OutputType>", [$"StabilityAnalyzers.Runtime {feed.Version}", LibTorch], Code);
        _ = await DotNet.RunAsync(app, "restore");
        var original = Path.Combine(feed.Cache, "torchsharp", "0.107.0", InRuntimes);
        var before = File.ReadAllBytes(original);

        // Opted out: the library is the package's.
        var optedOut = await DotNet.RunAsync(app, "build", "--no-restore", "-v:n", "-p:StabilityFixNativeLibrary=false", "-p:OutDir=optedOut/");
        Assert.DoesNotContain(Fixed, optedOut, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(app, "optedOut", InRuntimes)));

        await BuildsTwice(app, before);
        await Publishes(app, "published", before);
        await PublishesIntoOneFile(app);
        await FlowsThroughAnotherPackage(feed, before);

        Assert.Equal(before, File.ReadAllBytes(original));
    }

    private static async Task BuildsTwice(string app, byte[] original)
    {
        var first = await DotNet.RunAsync(app, "build", "--no-restore", "-v:n", "-o", "built");
        var library = Path.Combine(app, "built", InRuntimes);
        Assert.Equal("sum 2", (await DotNet.RunAsync(app, Path.Combine("built", "App.dll"))).Trim());
        AssertFixed(first, original, library);

        var written = File.ReadAllBytes(library);
        var time = File.GetLastWriteTimeUtc(library);
        var second = await DotNet.RunAsync(app, "build", "--no-restore", "-v:n", "-o", "built");
        Assert.DoesNotContain(Fixed, second, StringComparison.Ordinal);
        Assert.Equal(written, File.ReadAllBytes(library));
        Assert.Equal(time, File.GetLastWriteTimeUtc(library));

        _ = await DotNet.RunAsync(app, "clean", "-o", "built");
        Assert.False(File.Exists(library));
    }

    private static async Task Publishes(string app, string folder, byte[] original)
    {
        var first = await DotNet.RunAsync(app, "publish", "--no-restore", "-v:n", "-o", folder);
        Assert.Equal("sum 2", (await DotNet.RunAsync(app, Path.Combine(folder, "App.dll"))).Trim());
        var library = Path.Combine(app, folder, InRuntimes);
        AssertFixed(first, original, library);

        var time = File.GetLastWriteTimeUtc(library);
        var second = await DotNet.RunAsync(app, "publish", "--no-restore", "-v:n", "-o", folder);
        Assert.DoesNotContain(Fixed, second, StringComparison.Ordinal);
        Assert.Equal(time, File.GetLastWriteTimeUtc(library));
        Assert.Equal("sum 2", (await DotNet.RunAsync(app, Path.Combine(folder, "App.dll"))).Trim());
    }

    private static async Task PublishesIntoOneFile(string app)
    {
        _ = await DotNet.RunAsync(
            app, "publish", "-r", "linux-x64", "--self-contained", "false", "-o", "single", "-p:PublishSingleFile=true", "-p:IncludeNativeLibrariesForSelfExtract=true");
        Assert.Empty(Directory.GetFiles(Path.Combine(app, "single"), "*.so", SearchOption.AllDirectories));
        Assert.Equal("sum 2", (await DotNet.RunProgramAsync(Path.Combine(app, "single", "App"), app)).Trim());
    }

    // A library that uses the runtime package, and is itself a package: its users need the fix and do not know of it.
    private static async Task FlowsThroughAnotherPackage(Feed feed, byte[] original)
    {
        var library = feed.Project(
            "StabilityTestLibrary", $"<Version>{feed.Version}</Version>", [$"StabilityAnalyzers.Runtime {feed.Version}"], "public sealed class Something;");
        _ = await DotNet.RunAsync(library, "pack", "-o", Path.Combine(feed.Folder, "feed"));
        var user = feed.Project("User", "<OutputType>Exe</OutputType>", [$"StabilityTestLibrary {feed.Version}", LibTorch], Code);
        var build = await DotNet.RunAsync(user, "build", "-v:n", "-o", "built");
        Assert.Equal("sum 2", (await DotNet.RunAsync(user, Path.Combine("built", "User.dll"))).Trim());
        AssertFixed(build, original, Path.Combine(user, "built", InRuntimes));
    }

    // The run before has shown that the file loads. Where the build says that it fixed it, one byte differs; elsewhere none.
    private static void AssertFixed(string said, byte[] original, string library)
    {
        var bytes = File.ReadAllBytes(library);
        Assert.Equal(original.Length, bytes.Length);
        var differences = original.Zip(bytes).Count(pair => pair.First != pair.Second);
        Assert.Equal(said.Contains(Fixed, StringComparison.Ordinal) ? 1 : 0, differences);
    }
}
