using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Docs;

/// <summary>The presets in the package are those that the rules generate; STABILITY_WRITE_DOCS=1 writes them anew.</summary>
public sealed class SeverityPresetTests
{
    static SeverityPresetTests()
    {
        if (Environment.GetEnvironmentVariable("STABILITY_WRITE_DOCS") == "1")
        {
            foreach (var (version, mode) in Files.Select(row => row.Data))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(SeverityPreset.PathOf(version, mode))!);
                File.WriteAllText(SeverityPreset.PathOf(version, mode), SeverityPreset.Text(version, mode));
            }
        }
    }

    public static TheoryData<string, string> Files =>
        new(from version in SeverityPreset.Versions from mode in SeverityPreset.Modes select (version, mode));

    [Theory]
    [MemberData(nameof(Files))]
    public void Preset_is_generated_from_the_rules(string version, string mode) =>
        Assert.Equal(SeverityPreset.Text(version, mode), File.ReadAllText(SeverityPreset.PathOf(version, mode)).ReplaceLineEndings("\n"));

    [Fact]
    public void There_is_no_other_preset()
    {
        var folder = Path.GetDirectoryName(Path.GetDirectoryName(SeverityPreset.PathOf("latest", "none")))!;
        Assert.Equal(
            Files.Select(row => SeverityPreset.PathOf(row.Data.Item1, row.Data.Item2)).Order(StringComparer.Ordinal),
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Default_leaves_every_rule_of_the_latest_version_at_its_own_severity() =>
        Assert.DoesNotContain("dotnet_diagnostic", SeverityPreset.Text("latest", "default"), StringComparison.Ordinal);

    [Fact]
    public void None_switches_every_rule_off() =>
        Assert.All(AllRules.ById.Keys, id => Assert.Contains($"dotnet_diagnostic.{id}.severity = none\n", SeverityPreset.Text("latest", "none"), StringComparison.Ordinal));

    [Fact]
    public void Strict_makes_every_warning_an_error_and_hides_nothing()
    {
        var text = SeverityPreset.Text("latest", "strict");
        Assert.All(
            AllRules.ById.Values.Where(rule => rule.DefaultSeverity == DiagnosticSeverity.Warning),
            rule => Assert.Contains($"dotnet_diagnostic.{rule.Id}.severity = error\n", text, StringComparison.Ordinal));
        Assert.DoesNotContain("none\n", text, StringComparison.Ordinal);
    }
}
