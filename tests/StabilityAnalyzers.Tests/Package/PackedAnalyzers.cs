using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Package;

/// <summary>The tests that need the package: it is packed once for all of them.</summary>
[CollectionDefinition(Name)]
public sealed class PackageCollection : ICollectionFixture<PackedAnalyzers>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "Package";
}

/// <summary>The NuGet package, packed once for all tests into a folder that serves as the only package source.</summary>
public sealed class PackedAnalyzers : IAsyncLifetime
{
    /// <summary>The folder that holds everything; it goes when the tests are done.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("stability-package-").FullName;

    /// <summary>A version that no cache can know.</summary>
    public string Version { get; } = $"0.0.1-test.{Guid.NewGuid():N}";

    /// <summary>The folder that holds the package.</summary>
    public string Feed => Path.Combine(Folder, "feed");

    /// <summary>The package.</summary>
    public string File => Path.Combine(Feed, $"StabilityAnalyzers.{Version}.nupkg");

    public async ValueTask InitializeAsync()
    {
        // bin/Debug/net10.0/ of this project says which build is to be packed.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var (exitCode, output) = await Dotnet.Run(
            Repository.Root, "pack", Path.Combine("analyzers", "StabilityAnalyzers.Package"), "--no-build",
            "-c", configuration, "-o", Feed, $"-p:PackageVersion={Version}");
        Assert.True(exitCode == 0, output);
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A virus scanner or a late process may hold a file; the folder is temporary anyway.
        }

        return default;
    }
}
