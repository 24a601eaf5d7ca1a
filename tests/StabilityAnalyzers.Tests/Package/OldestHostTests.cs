using System.IO.Compression;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Package;

/// <summary>The packed assemblies, loaded as they are by the oldest compiler that is supported: this process runs Roslyn 4.8.</summary>
[Collection(PackageCollection.Name)]
public sealed class OldestHostTests(PackedAnalyzers package)
{
    [Fact]
    public async Task Packed_analyzers_and_fixes_load_and_report_under_the_oldest_Roslyn()
    {
        Assert.Equal(new Version(4, 8), Truncated(typeof(Compilation).Assembly.GetName().Version!));
        var host = new Host(package.File);
        var analyzers = Instances<DiagnosticAnalyzer>(host.Load("StabilityAnalyzers"));
        Assert.Equal(RuleCatalog.Analyzers.Length + 1, analyzers.Count);
        Assert.NotEmpty(Instances<CodeFixProvider>(host.Load("StabilityAnalyzers.CodeFixes")));
        Assert.All(analyzers, analyzer => Assert.NotSame(typeof(RuleCatalog).Assembly, analyzer.GetType().Assembly));

        foreach (var id in new[] { "STAB1001", "STAB3001" })
        {
            var code = Docs.RulePage.Read(id).Code("Wrong code")[0];
            var found = await Driver.Diagnostics(Driver.Compile(code), [.. analyzers.Where(analyzer => analyzer is not DiagnosticSuppressor)]);
            Assert.Contains(found, diagnostic => diagnostic.Id == id);
        }
    }

    private static Version Truncated(Version version) => new(version.Major, version.Minor);

    private static List<T> Instances<T>(Assembly assembly) =>
        [.. assembly.GetTypes().Where(type => !type.IsAbstract && typeof(T).IsAssignableFrom(type)).Select(type => (T)Activator.CreateInstance(type)!)];

    /// <summary>What the package brings comes from the package, everything else from the compiler that runs it.</summary>
    private sealed class Host(string package) : AssemblyLoadContext("package")
    {
        private readonly Dictionary<string, Assembly> _loaded = [];

        protected override Assembly? Load(AssemblyName name) => Load(name.Name!);

        public Assembly Load(string name)
        {
            if (_loaded.TryGetValue(name, out var known))
            {
                return known;
            }

            using var archive = ZipFile.OpenRead(package);
            if (archive.GetEntry($"analyzers/dotnet/cs/{name}.dll") is not { } entry)
            {
                return null!;
            }

            using var stream = new MemoryStream();
            using (var packed = entry.Open())
            {
                packed.CopyTo(stream);
            }

            stream.Position = 0;
            return _loaded[name] = LoadFromStream(stream);
        }
    }
}
