using System.IO.Compression;
using System.Xml.Linq;
using StabilityAnalyzers.Tests.Docs;

namespace StabilityAnalyzers.Tests.Package;

[Collection(PackageCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class PackageTests(PackedAnalyzers package)
{
    [Fact]
    public void Package_holds_what_the_compiler_loads_and_nothing_for_a_program_to_refer_to()
    {
        using var archive = ZipFile.OpenRead(package.File);
        var files = archive.Entries.Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal)
                && !name.StartsWith("package/", StringComparison.Ordinal)
                && name != "[Content_Types].xml")
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "README.md",
                "StabilityAnalyzers.nuspec",
                "analyzers/dotnet/cs/StabilityAnalyzers.CodeFixes.dll",
                "analyzers/dotnet/cs/StabilityAnalyzers.GradientFlow.dll",
                "analyzers/dotnet/cs/StabilityAnalyzers.dll",
                "buildTransitive/StabilityAnalyzers.props",
                "buildTransitive/StabilityAnalyzers.targets",
                .. SeverityPreset.Versions.SelectMany(version => SeverityPreset.Modes.Select(mode => $"buildTransitive/presets/{version}/{mode}.globalconfig"))
                    .Order(StringComparer.Ordinal),
                "icon.png",
            ],
            files);
    }

    [Fact]
    public void Package_is_a_development_dependency_that_depends_on_nothing()
    {
        using var archive = ZipFile.OpenRead(package.File);
        using var stream = archive.GetEntry("StabilityAnalyzers.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        Assert.Equal("true", Element(metadata, "developmentDependency"));
        Assert.Equal("MIT", Element(metadata, "license"));
        Assert.Equal("README.md", Element(metadata, "readme"));
        Assert.Equal("icon.png", Element(metadata, "icon"));
        Assert.Equal(package.Version, Element(metadata, "version"));
        Assert.DoesNotContain(metadata.Descendants(), element => element.Name.LocalName == "dependency");
    }

    private static string? Element(XElement metadata, string name) =>
        metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
}
