using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Docs;

/// <summary>
/// A global configuration file of the package: what a mode of <c>StabilityAnalysisMode</c> makes of the rules that a version
/// of the rule set had. It lists only what differs from a rule's own severity, because an entry for an ID beats what a user
/// says of its category.
/// </summary>
internal static partial class SeverityPreset
{
    /// <summary>The modes, from silent to loud.</summary>
    public static readonly ImmutableArray<string> Modes = ["none", "default", "recommended", "strict"];

    /// <summary>The versions by which a project can hold on to a set of rules: all releases and the one in the making.</summary>
    public static ImmutableArray<string> Versions { get; } =
        ["latest", .. Introduced.Values.Distinct().OrderBy(version => version)
            .Select(version => version.ToString(2))];

    /// <summary>Where the presets lie in the tree.</summary>
    public static string PathOf(string version, string mode) =>
        Repository.At("analyzers", "StabilityAnalyzers.Package", "buildTransitive", "presets", version, mode + ".globalconfig");

    /// <summary>The text of a preset.</summary>
    public static string Text(string version, string mode)
    {
        var text = new StringBuilder($"""
            # Generated from the rules; do not edit. Mode {mode}, rules of version {version}.
            is_global = true
            global_level = -100

            """.ReplaceLineEndings("\n"));
        foreach (var rule in AllRules.ById.Values)
        {
            if (Severity(rule, version, mode) is { } severity)
            {
                text.Append($"\n# {rule.Title}\ndotnet_diagnostic.{rule.Id}.severity = {severity}\n");
            }
        }

        return text.ToString();
    }

    // The version in which each rule came; what is not shipped comes in the one that is being built.
    private static ImmutableDictionary<string, Version> Introduced => s_introduced ??= ReadReleases();

    private static ImmutableDictionary<string, Version>? s_introduced;

    private static string? Severity(DiagnosticDescriptor rule, string version, string mode)
    {
        // What is wrong with the configuration itself is said in every mode but none.
        if (mode == "none" || (version != "latest" && Introduced[rule.Id] > Version.Parse(version)))
        {
            return "none";
        }

        return (mode, rule.DefaultSeverity) switch
        {
            // An estimate stays information; what the code does for certain is worth a warning.
            ("recommended", DiagnosticSeverity.Info) when rule.Category is RuleCategory.TrainingLoop or RuleCategory.Numerics or RuleCategory.Usage => "warning",
            ("strict", DiagnosticSeverity.Info) => "warning",
            ("strict", DiagnosticSeverity.Warning) => "error",
            _ => null,
        };
    }

    private static ImmutableDictionary<string, Version> ReadReleases()
    {
        var building = Version.Parse(VersionOfTheBuild().Match(File.ReadAllText(Repository.At("Directory.Build.props"))).Groups[1].Value);
        var versions = ImmutableDictionary.CreateBuilder<string, Version>();
        foreach (var (file, start) in new[] { ("AnalyzerReleases.Shipped.md", null), ("AnalyzerReleases.Unshipped.md", building) })
        {
            var version = start;
            foreach (var line in File.ReadAllLines(Repository.At("analyzers", "StabilityAnalyzers", file)))
            {
                if (line.StartsWith("## Release ", StringComparison.Ordinal))
                {
                    version = Version.Parse(line["## Release ".Length..]);
                }
                else if (line.StartsWith("STAB", StringComparison.Ordinal) && version is not null)
                {
                    versions.TryAdd(line[..8], new Version(version.Major, version.Minor));
                }
            }
        }

        return versions.ToImmutable();
    }

    [GeneratedRegex(@"<Version>(\d+\.\d+)")]
    private static partial Regex VersionOfTheBuild();
}
