using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>What the code under test refers to; read from disk once for all tests.</summary>
internal static class References
{
    /// <summary>The framework that the tests run on.</summary>
    public static ImmutableArray<MetadataReference> Framework { get; } = FrameworkAssemblies();

    /// <summary>The framework and TorchSharp.</summary>
    public static ImmutableArray<MetadataReference> WithTorchSharp { get; } =
        Framework.Add(MetadataReference.CreateFromFile(typeof(TorchSharp.torch).Assembly.Location));

    /// <summary>An assembly with the given code, which may use TorchSharp.</summary>
    public static MetadataReference Assembly(string name, string code)
    {
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(code)], WithTorchSharp, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        return result.Success
            ? MetadataReference.CreateFromImage(image.ToArray())
            : throw new ArgumentException(string.Join("\n", result.Diagnostics), nameof(code));
    }

    private static ImmutableArray<MetadataReference> FrameworkAssemblies()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location);
        var trusted = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        return trusted.Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == folder)
            .Where(path => !Path.GetFileName(path).StartsWith("Microsoft.VisualBasic", StringComparison.Ordinal))
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path))
            .ToImmutableArray();
    }
}
