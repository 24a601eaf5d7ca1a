using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace StabilityAnalyzers.Cli.Sources;

/// <summary>What <c>.editorconfig</c> and global configuration files say of each file: options, and severities of rules.</summary>
internal sealed class AnalyzerConfiguration : AnalyzerConfigOptionsProvider
{
    private readonly AnalyzerConfigSet _set;

    private AnalyzerConfiguration(AnalyzerConfigSet set)
    {
        _set = set;
        Severities = new TreeSeverities(set);
        GlobalOptions = new Options(set.GlobalConfigOptions.AnalyzerOptions);
    }

    /// <summary>The severities, for the options of a compilation.</summary>
    public SyntaxTreeOptionsProvider Severities { get; }

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GlobalOptions { get; }

    /// <summary>Reads configuration files. One that cannot be read says nothing.</summary>
    /// <param name="paths">The files.</param>
    public static AnalyzerConfiguration Read(IEnumerable<string> paths)
    {
        var configs = new List<AnalyzerConfig>();
        foreach (var path in paths)
        {
            try
            {
                configs.Add(AnalyzerConfig.Parse(File.ReadAllText(path), path));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // As the compiler does with a file that vanishes while it works.
            }
        }

        return new AnalyzerConfiguration(AnalyzerConfigSet.Create(configs));
    }

    /// <summary>The .editorconfig files in the folders of some files and above them.</summary>
    public static IEnumerable<string> FilesAbove(IEnumerable<string> files)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            for (var folder = Path.GetDirectoryName(file); folder is not null && seen.Add(folder); folder = Path.GetDirectoryName(folder))
            {
                if (Path.Combine(folder, ".editorconfig") is var path && File.Exists(path))
                {
                    yield return path;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Options(_set.GetOptionsForSourcePath(tree.FilePath).AnalyzerOptions);

    /// <inheritdoc/>
    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Options(_set.GetOptionsForSourcePath(textFile.Path).AnalyzerOptions);

    private sealed class Options(ImmutableDictionary<string, string> entries) : AnalyzerConfigOptions
    {
        public override IEnumerable<string> Keys => entries.Keys;

        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => entries.TryGetValue(key, out value);
    }

    private sealed class TreeSeverities(AnalyzerConfigSet set) : SyntaxTreeOptionsProvider
    {
        public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellationToken) =>
            set.GetOptionsForSourcePath(tree.FilePath).AnalyzerOptions.TryGetValue("generated_code", out var text) && bool.TryParse(text, out var generated)
                ? generated ? GeneratedKind.MarkedGenerated : GeneratedKind.NotGenerated
                : GeneratedKind.Unknown;

        public override bool TryGetDiagnosticValue(SyntaxTree tree, string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity) =>
            set.GetOptionsForSourcePath(tree.FilePath).TreeOptions.TryGetValue(diagnosticId, out severity);

        public override bool TryGetGlobalDiagnosticValue(string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity) =>
            set.GlobalConfigOptions.TreeOptions.TryGetValue(diagnosticId, out severity);
    }
}
