using System.Reflection;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>Finds and opens the assemblies that code refers to.</summary>
internal static class Assemblies
{
    /// <summary>The framework that the tool runs on.</summary>
    public static IEnumerable<MetadataReference> Framework()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location);
        return ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == folder)
            .Select(path => MetadataReference.CreateFromFile(path));
    }

    /// <summary>Opens an assembly that the user named.</summary>
    /// <param name="path">Its file.</param>
    /// <exception cref="CommandException">It is missing or no .NET assembly.</exception>
    public static MetadataReference Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"the reference '{path}' does not exist");
        }

        try
        {
            // Read now: a compilation would only find out later, and say it less clearly.
            AssemblyName.GetAssemblyName(path);
            return MetadataReference.CreateFromFile(path);
        }
        catch (Exception exception) when (exception is BadImageFormatException or FileLoadException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the reference '{path}' cannot be read as a .NET assembly: it is damaged or something else");
        }
    }

    /// <summary>The newest TorchSharp in the NuGet cache; null if there is none.</summary>
    public static string? TorchSharpInCache()
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var package = Path.Combine(cache, "torchsharp");
        if (!Directory.Exists(package))
        {
            return null;
        }

        return Directory.GetDirectories(package)
            .Select(version => (Path: version, Version: Version.TryParse(Path.GetFileName(version), out var number) ? number : null))
            .Where(version => version.Version is not null)
            .OrderByDescending(version => version.Version)
            .SelectMany(version => new[] { "net8.0", "net6.0", "netstandard2.0" }.Select(framework => Path.Combine(version.Path, "lib", framework, "TorchSharp.dll")))
            .FirstOrDefault(File.Exists);
    }
}
