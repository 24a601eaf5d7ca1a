using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

/// <summary>A rule about a fault of the library holds for the versions that have it, and for no other.</summary>
public sealed class LibraryVersionTests
{
    [Theory]
    [InlineData("0.103.1.0", false)]
    [InlineData("0.104.0.0", true)]
    [InlineData("0.107.0.0", true)]
    [InlineData("0.107.1.0", false)]
    [InlineData("0.108.0.0", false)]
    public async Task Faults_are_those_of_a_version(string version, bool isReported)
    {
        var library = Compile("TorchSharp", References.Framework, $$"""
            [assembly: System.Reflection.AssemblyVersion("{{version}}")]
            namespace TorchSharp
            {
                public static class torch
                {
                    public class Tensor { }
                    public static (Tensor var, Tensor mean) var_mean(Tensor input, bool unbiased = true) => (input, input);
                    public static class nn
                    {
                        public class Module { }
                        public static Module GroupNorm(long num_groups, long num_channels, bool affine = true) => new();
                        public static class init { public static Tensor trunc_normal_(Tensor tensor, double mean = 0) => tensor; }
                    }
                }
            }
            """);
        var user = Compile("User", [.. References.Framework, library.ToMetadataReference()], """
            using TorchSharp;
            class User
            {
                private readonly torch.nn.Module norm = torch.nn.GroupNorm(2, 4);
                void Use(torch.Tensor x) { torch.nn.init.trunc_normal_(new torch.Tensor()); torch.var_mean(x); }
            }
            """);
        var found = await Driver.Diagnostics(
            user, [new STAB5008UninitializedGroupNorm(), new STAB5009BrokenInitializer(), new STAB5010UnexpectedDefault()]);
        string[] expected = isReported ? ["STAB5008", "STAB5009", "STAB5010"] : [];
        Assert.Equal(expected, found.Select(diagnostic => diagnostic.Id));
    }

    private static CSharpCompilation Compile(string name, IEnumerable<MetadataReference> references, string code)
    {
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(code)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return compilation;
    }
}
