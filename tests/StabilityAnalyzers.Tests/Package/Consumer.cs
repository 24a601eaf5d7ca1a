using System.Text.Json;

namespace StabilityAnalyzers.Tests.Package;

/// <summary>
/// A project that uses the package. It refers to TorchSharp.dll itself, so that its restore needs no other package
/// source, and nothing of it stays in the user's package cache.
/// </summary>
internal sealed class Consumer
{
    private readonly string _sarif;

    /// <param name="package">The package.</param>
    /// <param name="name">Name of the project's folder.</param>
    /// <param name="program">Text of the only source file.</param>
    /// <param name="properties">What a user would put into the project file, as elements of a PropertyGroup.</param>
    public Consumer(PackedAnalyzers package, string name, string program, string properties = "")
    {
        Folder = Directory.CreateDirectory(Path.Combine(package.Folder, name)).FullName;
        _sarif = Path.Combine(Folder, "build.sarif");
        Program = Path.Combine(Folder, "Program.cs");
        File.WriteAllText(Program, program);
        File.WriteAllText(Path.Combine(Folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="test" value="{package.Feed}" />
              </packageSources>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(Folder, "Consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
                <RestorePackagesPath>{Path.Combine(package.Folder, "packages")}</RestorePackagesPath>
                <ErrorLog>{_sarif}%2Cversion=2.1</ErrorLog>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="StabilityAnalyzers" Version="{package.Version}" PrivateAssets="all" />
                <Reference Include="{typeof(TorchSharp.torch).Assembly.Location}" Private="false" />
              </ItemGroup>
            </Project>
            """);
    }

    /// <summary>The folder of the project.</summary>
    public string Folder { get; }

    /// <summary>The only source file.</summary>
    public string Program { get; }

    /// <summary>Builds as a CI does: everything anew, so that every warning is repeated.</summary>
    public Task<(int ExitCode, string Output)> Build(params string[] more) => Dotnet.Run(Folder, ["build", "--no-incremental", .. more]);

    /// <summary>Adds a source file to the project.</summary>
    public void Write(string name, string code) => File.WriteAllText(Path.Combine(Folder, name), code);

    /// <summary>The rule IDs and files of the results in the SARIF log of the last build.</summary>
    public IReadOnlySet<(string Rule, string File)> SarifResultsByFile()
    {
        using var log = JsonDocument.Parse(File.ReadAllText(_sarif));
        return log.RootElement.GetProperty("runs").EnumerateArray()
            .SelectMany(run => run.GetProperty("results").EnumerateArray())
            .Select(result => (
                result.GetProperty("ruleId").GetString()!,
                Path.GetFileName(result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString()!)))
            .ToHashSet();
    }

    /// <summary>The rule IDs of the results in the SARIF log of the last build.</summary>
    public IReadOnlyList<string?> SarifResults() => [.. Results().Select(result => result.Rule)];

    /// <summary>The rule IDs of the results that the log of the last build marks as suppressed.</summary>
    public IReadOnlyList<string?> SuppressedSarifResults() => [.. Results().Where(result => result.IsSuppressed).Select(result => result.Rule)];

    private List<(string? Rule, bool IsSuppressed)> Results()
    {
        using var log = JsonDocument.Parse(File.ReadAllText(_sarif));
        return [.. log.RootElement.GetProperty("runs").EnumerateArray()
            .SelectMany(run => run.GetProperty("results").EnumerateArray())
            .Select(result => (result.GetProperty("ruleId").GetString(), result.TryGetProperty("suppressions", out _)))];
    }
}
