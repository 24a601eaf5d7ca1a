using System.IO.Compression;

namespace StabilityAnalyzers.Package.Tests.Kit;

/// <summary>
/// The runtime packages of this tree, packed under a version that nobody else has, in a temporary folder that is also the
/// home of the projects that use them.
/// </summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private static readonly string[] Projects = ["StabilityAnalyzers.GradientFlow", "StabilityAnalyzers.RunLog", "StabilityAnalyzers.Runtime"];

    private readonly string root = Directory.CreateTempSubdirectory("stability-package-").FullName;

    /// <summary>The version of all packages.</summary>
    public string Version { get; } = $"0.0.1-e2e{Guid.NewGuid():N}";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        foreach (var project in Projects)
        {
            await Pack(Path.Combine(BuildFacts.RepositoryRoot, "src", project));
        }

        // Packages come from the feed, the package cache of this machine, into which nothing is unpacked, and, on a machine whose
        // cache lacks what publishing needs, from the sources that the user has.
        Write("Directory.Build.props", $"""
            <Project>
              <PropertyGroup>
                <RestoreAdditionalProjectSources>{At("feed")}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{At("packages")}</RestorePackagesPath>
                <RestoreFallbackFolders>{BuildFacts.PackageCache}</RestoreFallbackFolders>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
            </Project>
            """);
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A path in the temporary folder.</summary>
    public string At(params string[] parts) => Path.Combine([root, .. parts]);

    /// <summary>Writes a file into the temporary folder; its path is relative to it.</summary>
    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    /// <summary>Packs a project into the feed.</summary>
    public Task Pack(string project) =>
        // Outputs go beside the feed: those in the tree may be in use by other tests.
        Command.DotNet(root, "pack", project, $"-p:Version={Version}", "--artifacts-path", At("artifacts"), "--output", At("feed"));

    /// <summary>Opens one of the packages.</summary>
    public ZipArchive Open(string package) => ZipFile.OpenRead(At("feed", $"{package}.{Version}.nupkg"));
}
