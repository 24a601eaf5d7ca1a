using System.Runtime.InteropServices;
using StabilityAnalyzers.Package.Tests.Kit;

namespace StabilityAnalyzers.Package.Tests;

/// <summary>
/// The fix of the native library, as the users of the runtime package get it. The program that runs libtorch refers to
/// the package of a library that refers to it, and does not know of it: the fix must come along.
/// </summary>
[Collection(nameof(PackageFeed))]
[Trait("Category", "Package")]
public sealed class NativeLibraryFixTests : IAsyncLifetime
{
    private const string Name = "libLibTorchSharp.so";
    private const string Done = "made loadable";
    private static readonly string Framework = $"net{Environment.Version.Major}.0";
    private static readonly string InOutput = Path.Combine("runtimes", "linux-x64", "native", Name);

    private readonly PackageFeed feed;
    private readonly byte[] cached = File.ReadAllBytes(BuildFacts.CachedNativeLibrary);
    private readonly DateTime cachedTime = File.GetLastWriteTimeUtc(BuildFacts.CachedNativeLibrary);

    public NativeLibraryFixTests(PackageFeed feed)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64,
            "The fix is for the library for Linux on x64; elsewhere the program would not run.");
        this.feed = feed;
    }

    public async ValueTask InitializeAsync()
    {
        if (!Directory.Exists(feed.At("Program")))
        {
            WriteLibrary();
            await feed.Pack(feed.At("Library"));
            WriteProgram();
        }
    }

    // Whatever was built: the package cache is as it was.
    public ValueTask DisposeAsync()
    {
        Assert.Equal(cached, File.ReadAllBytes(BuildFacts.CachedNativeLibrary));
        Assert.Equal(cachedTime, File.GetLastWriteTimeUtc(BuildFacts.CachedNativeLibrary));
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task SwitchedOffItLeavesTheCopyAsItIs()
    {
        var log = await DotNet("build", "--output", Folder("off"), "-v:normal", "-p:StabilityFixNativeLibrary=false");
        Assert.DoesNotContain(Done, log, StringComparison.Ordinal);
        Assert.Equal(cached, File.ReadAllBytes(Path.Combine(Folder("off"), InOutput)));
    }

    [Fact]
    public async Task ABuiltProgramRunsAndTheNextBuildCopiesNothingBack()
    {
        var output = feed.At("Program", "bin", "Debug", Framework);
        var library = Path.Combine(output, InOutput);

        // By default, for this machine.
        await DotNet("build");
        await RunsTorch(output);

        // For any machine: also where this one does not need it.
        await DotNet("build", "-p:StabilityFixNativeLibrary=always");
        IsFixed(library);
        await RunsTorch(output);

        var log = await DotNet("build", "-v:normal", "-p:StabilityFixNativeLibrary=always");
        Assert.DoesNotContain(Done, log, StringComparison.Ordinal);
        IsFixed(library);
        Assert.Equal(cachedTime, File.GetLastWriteTimeUtc(library));

        await DotNet("clean");
        Assert.False(File.Exists(library));
    }

    [Fact]
    public async Task APublishedProgramRunsAlsoWhereItWasPublishedWithoutTheFixBefore()
    {
        await DotNet("publish", "--output", Folder("published"), "-p:StabilityFixNativeLibrary=false");
        Assert.Equal(cached, File.ReadAllBytes(Path.Combine(Folder("published"), InOutput)));

        await DotNet("publish", "--output", Folder("published"), "-p:StabilityFixNativeLibrary=always");
        IsFixed(Path.Combine(Folder("published"), InOutput));
        await RunsTorch(Folder("published"));

        var log = await DotNet("publish", "--output", Folder("published"), "-v:normal", "-p:StabilityFixNativeLibrary=always");
        Assert.DoesNotContain(Done, log, StringComparison.Ordinal);
        IsFixed(Path.Combine(Folder("published"), InOutput));
    }

    [Fact]
    public async Task AProgramInASingleFileRuns()
    {
        var log = await DotNet(
            "publish",
            "--output",
            Folder("single"),
            "--runtime",
            "linux-x64",
            "--self-contained",
            "false",
            "-v:normal",
            "-p:PublishSingleFile=true",
            "-p:IncludeNativeLibrariesForSelfExtract=true",
            "-p:StabilityFixNativeLibrary=always");
        Assert.Contains(Done, log, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Folder("single"), "*.so", SearchOption.AllDirectories));
        await RunsTorch(Folder("single"));

        // What was in the single file, and the copy in the output of the build, which is flat for one runtime.
        IsFixed(Assert.Single(Directory.GetFiles(Folder("single", "extracted"), Name, SearchOption.AllDirectories)));
        IsFixed(Assert.Single(
            Directory.GetFiles(feed.At("Program", "bin"), Name, SearchOption.AllDirectories),
            path => Path.GetFileName(Path.GetDirectoryName(path)) == "linux-x64"));
    }

    private void WriteLibrary()
    {
        feed.Write("Library/Library.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>{Framework}</TargetFramework>
                <PackageId>StabilityAnalyzers.Tests.Library</PackageId>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StabilityAnalyzers.Runtime" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """);
        feed.Write("Library/Sums.cs", """
            using TorchSharp;

            public static class Sums
            {
                public static float OfOnes(long count)
                {
                    using var ones = torch.ones(count);
                    using var sum = ones.sum();
                    return sum.item<float>();
                }
            }
            """);
    }

    private void WriteProgram()
    {
        feed.Write("Program/Program.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>{Framework}</TargetFramework>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StabilityAnalyzers.Tests.Library" Version="{feed.Version}" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="{BuildFacts.LibTorchVersion}" />
              </ItemGroup>
            </Project>
            """);
        feed.Write("Program/Program.cs", """System.Console.WriteLine($"The sum is {Sums.OfOnes(2)}.");""");
    }

    private Task<string> DotNet(string verb, params string[] arguments) => Command.DotNet(feed.At("Program"), [verb, .. arguments]);

    // Not in the folder of the project, where the next build would look for sources.
    private string Folder(params string[] parts) => feed.At(["outputs", .. parts]);

    private static async Task RunsTorch(string folder) =>
        Assert.Contains("The sum is 2.", await Command.Run(Path.Combine(folder, "Program"), folder), StringComparison.Ordinal);

    private void IsFixed(string path)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.Equal(cached.Length, bytes.Length);
        var changed = Assert.Single(Enumerable.Range(0, bytes.Length), i => bytes[i] != cached[i]);
        Assert.Equal(cached[changed] | 2, bytes[changed]);
    }
}
