using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>What an <c>.editorconfig</c> would say, the same for every file.</summary>
internal sealed class ConfigOptions((string Key, string Value)[] entries) : AnalyzerConfigOptionsProvider
{
    private readonly Entries _entries = new(entries.ToImmutableDictionary(entry => entry.Key, entry => entry.Value));

    /// <summary>The entries of a text of lines <c>key = value</c>.</summary>
    public static ConfigOptions Parse(string text) => new([.. text.Split('\n')
        .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(parts => parts.Length == 2 && parts[0][0] != '#')
        .Select(parts => (parts[0], parts[1]))]);

    public override AnalyzerConfigOptions GlobalOptions => _entries;

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => _entries;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _entries;

    private sealed class Entries(ImmutableDictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
    }
}
