using System.Reflection;

namespace StabilityAnalyzers.NativeLibrary.Tests.Kit;

/// <summary>The library for Linux as the TorchSharp package has it. Tests read it and never write to it.</summary>
internal static class RealLibrary
{
    public static string Path { get; } = System.IO.Path.Combine(
        typeof(RealLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "TorchSharpPackage").Value!,
        "runtimes",
        "linux-x64",
        "native",
        "libLibTorchSharp.so");

    public static byte[] Read() => File.ReadAllBytes(Path);
}
