using System.Xml.Linq;
using StabilityAnalyzers.Package.Tests.Kit;

namespace StabilityAnalyzers.Package.Tests;

/// <summary>What is in the runtime packages.</summary>
[Collection(nameof(PackageFeed))]
[Trait("Category", "Package")]
public sealed class RuntimePackageTests(PackageFeed feed)
{
    [Fact]
    public void TheTaskIsNoReferenceAndNoDependency()
    {
        Assert.DoesNotContain(Files("StabilityAnalyzers.Runtime"), file => file.StartsWith("lib/", StringComparison.Ordinal) && file.Contains("NativeLibrary", StringComparison.Ordinal));
        Assert.DoesNotContain("StabilityAnalyzers.NativeLibrary", Dependencies("StabilityAnalyzers.Runtime"));
    }

    [Fact]
    public void TheRuntimePackageDoesNotForceAnalyzersOnItsUsers()
    {
        Assert.DoesNotContain("StabilityAnalyzers", Dependencies("StabilityAnalyzers.Runtime"));
        Assert.DoesNotContain(Files("StabilityAnalyzers.Runtime"), file => file.StartsWith("analyzers/", StringComparison.Ordinal));
    }

    [Fact]
    public void TheRunLogBringsNoTorchSharp() => Assert.DoesNotContain("TorchSharp", Dependencies("StabilityAnalyzers.RunLog"));

    [Fact]
    public void TheRuntimePackageHoldsLibraryTaskAndTargets()
    {
        string[] expected =
        [
            "README.md",
            "buildTransitive/StabilityAnalyzers.NativeLibrary.targets",
            "buildTransitive/StabilityAnalyzers.Runtime.targets",
            "icon.png",
            "lib/net8.0/StabilityAnalyzers.Runtime.dll",
            "lib/net8.0/StabilityAnalyzers.Runtime.xml",
            "tasks/netstandard2.0/StabilityAnalyzers.NativeLibrary.dll",
        ];
        Assert.Equal(expected, Files("StabilityAnalyzers.Runtime"));
    }

    [Theory]
    [InlineData("StabilityAnalyzers.GradientFlow")]
    [InlineData("StabilityAnalyzers.RunLog")]
    [InlineData("StabilityAnalyzers.Runtime")]
    public void EveryPackageSaysWhatItIs(string package)
    {
        var metadata = Specification(package);
        Assert.Equal(feed.Version, Text(metadata, "version"));
        Assert.Equal("MIT", Text(metadata, "license"));
        Assert.Equal("README.md", Text(metadata, "readme"));
        Assert.NotEmpty(Text(metadata, "description"));
        Assert.Contains("README.md", Files(package));
    }

    // The files that the package is for, without those that make it a package.
    private string[] Files(string package)
    {
        using var archive = feed.Open(package);
        return archive.Entries
            .Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal)
                && !name.StartsWith("package/", StringComparison.Ordinal)
                && !name.EndsWith(".nuspec", StringComparison.Ordinal)
                && name != "[Content_Types].xml")
            .Order(StringComparer.Ordinal)
            .ToArray();
    }

    private string[] Dependencies(string package) =>
        Specification(package).Descendants().Where(item => item.Name.LocalName == "dependency").Select(item => item.Attribute("id")!.Value).ToArray();

    private XElement Specification(string package)
    {
        using var archive = feed.Open(package);
        using var stream = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XElement.Load(stream).Elements().Single();
    }

    private static string Text(XElement metadata, string name) =>
        metadata.Elements().Single(item => item.Name.LocalName == name).Value;
}
