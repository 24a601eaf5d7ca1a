using StabilityAnalyzers.Baseline;

namespace StabilityAnalyzers.Cli.Checking;

/// <summary>All findings of a check.</summary>
/// <param name="Findings">The findings, also those that do not count, in the order of projects, files and lines.</param>
/// <param name="Stale">Baseline entries, or parts of their counts, that no project has findings for.</param>
internal sealed record CheckResult(IReadOnlyList<CodeFinding> Findings, IReadOnlyList<BaselineEntry> Stale)
{
    /// <summary>The findings that count.</summary>
    public IReadOnlyList<CodeFinding> Open { get; } = [.. Findings.Where(finding => finding.State == FindingState.Open)];
}
