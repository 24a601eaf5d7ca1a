using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StabilityAnalyzers.Tests.Kit;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>Source as a compilation, and as a program that makes the model.</summary>
internal static class SourceModel
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest, DocumentationMode.None);

    /// <summary>The source and TorchSharp, without implicit usings.</summary>
    public static CSharpCompilation Compile(string source) => CSharpCompilation.Create(
        "Generated",
        [CSharpSyntaxTree.ParseText(source, s_parse, "/0/Generated.cs")],
        References.WithTorchSharp,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    /// <summary>
    /// The same source where hooks see every layer: <c>call</c> in place of <c>forward</c>, which runs no hooks, and nothing in
    /// place, for a layer's gradient would then be that of the tensor after the in-place operation. It computes the same numbers.
    /// </summary>
    public static string Measurable(string source) => source
        .Replace(".forward(", ".call(", StringComparison.Ordinal)
        .Replace("inplace: true", "inplace: false", StringComparison.Ordinal)
        .Replace(".relu_()", ".relu()", StringComparison.Ordinal);

    /// <summary>
    /// The method <c>Generated.Samples.Create</c> of the compiled source.
    /// </summary>
    /// <exception cref="InvalidOperationException">The source does not compile.</exception>
    public static Func<nn.Module<Tensor, Tensor>> Load(string source)
    {
        using var image = new MemoryStream();
        var result = Compile(source).Emit(image);
        if (!result.Success)
        {
            var errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            throw new InvalidOperationException("The source does not compile: " + string.Join("; ", errors.Take(3)));
        }

        image.Position = 0;
        var assembly = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image);
        return assembly.GetType("Generated.Samples")!.GetMethod("Create")!.CreateDelegate<Func<nn.Module<Tensor, Tensor>>>();
    }
}
