namespace StabilityAnalyzers.Cli.Checking;

/// <summary>Findings for a terminal, one line each, as the compiler writes them.</summary>
internal static class FindingsText
{
    /// <summary>Writes the findings that count, and a line that sums up.</summary>
    public static void Write(CheckResult result, TextWriter output)
    {
        foreach (var finding in result.Open)
        {
            output.WriteLine($"{finding.File}({finding.Place.StartLinePosition.Line + 1},{finding.Place.StartLinePosition.Character + 1}): {finding.SeverityName} {finding.Rule.Id}: {finding.Message}");
        }

        foreach (var entry in result.Stale)
        {
            output.WriteLine($"stale baseline entry: {entry}");
        }

        output.WriteLine(Summary(result));
    }

    private static string Summary(CheckResult result)
    {
        var bySeverity = result.Open.GroupBy(finding => finding.Severity).OrderByDescending(group => group.Key)
            .Select(group => Count(group.Count(), group.First().SeverityName));
        var found = result.Open.Count == 0 ? "no findings" : string.Join(", ", bySeverity);
        var accepted = result.Findings.Count(finding => finding.State == FindingState.AcceptedByBaseline);
        var suppressed = result.Findings.Count(finding => finding.State == FindingState.SuppressedInSource);
        return found
            + (accepted > 0 ? $"; {accepted} accepted by the baseline" : "")
            + (suppressed > 0 ? $"; {suppressed} suppressed in the source" : "")
            + (result.Stale.Count > 0 ? $"; {Count(result.Stale.Count, "baseline entry")} without a finding, 'stability baseline' takes them out" : "");
    }

    private static string Count(int count, string noun) => count == 1 || noun == "info" ? $"{count} {noun}" : $"{count} {(noun.EndsWith('y') ? noun[..^1] + "ie" : noun)}s";
}
