namespace StabilityAnalyzers.NativeLibrary.Tests.Packages;

/// <summary>
/// A folder with the packages of this tree, in a version that nobody else has, and room for projects that use them. They are restored into the
/// usual package cache, where the 600 MB of libtorch are already, and are taken out of it again.
/// </summary>
internal sealed class Feed : IDisposable
{
    private static readonly string[] PackedProjects = ["StabilityAnalyzers.GradientFlow", "StabilityAnalyzers.RunLog", "StabilityAnalyzers.Runtime"];
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private Feed(string folder, string version, string cache)
    {
        Folder = folder;
        Version = version;
        Cache = cache;
    }

    public string Folder { get; }

    public string Version { get; }

    /// <summary>The folder of all restored packages.</summary>
    public string Cache { get; }

    public static async Task<Feed> CreateAsync()
    {
        var folder = Directory.CreateTempSubdirectory("stability-packages-").FullName;
        var locals = await DotNet.RunAsync(folder, "nuget", "locals", "global-packages", "--list");
        var cache = locals[(locals.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        var feed = new Feed(folder, $"0.1.0-test.{DateTime.UtcNow.Ticks}", cache);
        _ = Directory.CreateDirectory(Path.Combine(folder, "feed"));
        foreach (var project in PackedProjects)
        {
            // PackageVersion and not Version: the assemblies stay the ones that are built already.
            _ = await DotNet.RunAsync(
                Path.Combine(Root(), "src", project),
                "pack", "-c", Configuration, "-o", Path.Combine(folder, "feed"), $"-p:PackageVersion={feed.Version}", "-p:IncludeSymbols=false");
        }

        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            "<configuration><packageSources><add key=\"test\" value=\"feed\" /></packageSources></configuration>");
        return feed;
    }

    /// <summary>Writes a project.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="properties">Lines of a property group.</param>
    /// <param name="packages">References, "id version" each.</param>
    /// <param name="code">Its only source file.</param>
    /// <returns>Its folder.</returns>
    public string Project(string name, string properties, IEnumerable<string> packages, string code)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        var references = packages.Select(package => package.Split(' ')).Select(part => $"<PackageReference Include=\"{part[0]}\" Version=\"{part[1]}\" />");
        File.WriteAllText(
            Path.Combine(folder, name + ".csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <InvariantGlobalization>true</InvariantGlobalization>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", references)}
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, name + ".cs"), code);
        return folder;
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        foreach (var package in Directory.GetDirectories(Cache, "stability*"))
        {
            var ours = Path.Combine(package, Version);
            if (Directory.Exists(ours))
            {
                Directory.Delete(ours, recursive: true);
                if (!Directory.EnumerateFileSystemEntries(package).Any())
                {
                    Directory.Delete(package);
                }
            }
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StabilityAnalyzers.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests are not in the tree that they are of.");
    }
}
