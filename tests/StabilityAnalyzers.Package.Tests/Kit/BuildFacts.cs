using System.Reflection;

namespace StabilityAnalyzers.Package.Tests.Kit;

/// <summary>What the build of this project knew about its surroundings.</summary>
internal static class BuildFacts
{
    /// <summary>The folder of the solution.</summary>
    public static string RepositoryRoot => Get(nameof(RepositoryRoot));

    /// <summary>The folder into which NuGet unpacks packages.</summary>
    public static string PackageCache => Get(nameof(PackageCache));

    /// <summary>The version of the libtorch package that belongs to TorchSharp's.</summary>
    public static string LibTorchVersion => Path.GetFileName(Get("LibTorchPackage").TrimEnd('/', '\\'));

    /// <summary>The native library for Linux as it is in the package cache.</summary>
    public static string CachedNativeLibrary { get; } =
        Path.Combine(Get("TorchSharpPackage"), "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    private static string Get(string key) =>
        typeof(BuildFacts).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == key).Value!;
}
