using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Cli.Checking;

/// <summary>How loud the rules are; the modes of the package's <c>StabilityAnalysisMode</c>.</summary>
internal enum AnalysisMode
{
    /// <summary>Each rule with its own severity.</summary>
    Default,

    /// <summary>Certain findings of severity Info become warnings.</summary>
    Recommended,

    /// <summary>Warnings become errors, information becomes warnings.</summary>
    Strict,
}

/// <summary>The presets of the package, which the tool carries with it.</summary>
internal static class SeverityPresets
{
    /// <summary>The severities that a mode gives to rules.</summary>
    public static ImmutableDictionary<string, ReportDiagnostic> Of(AnalysisMode mode)
    {
        var name = mode.ToString().ToLowerInvariant() + ".globalconfig";
        using var stream = typeof(SeverityPresets).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The preset {name} is not part of the tool.");
        using var reader = new StreamReader(stream);
        return AnalyzerConfigSet.Create<IReadOnlyList<AnalyzerConfig>>([AnalyzerConfig.Parse(reader.ReadToEnd(), "/preset.globalconfig")])
            .GlobalConfigOptions.TreeOptions;
    }
}
