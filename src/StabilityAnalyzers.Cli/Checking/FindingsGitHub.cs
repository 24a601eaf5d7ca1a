namespace StabilityAnalyzers.Cli.Checking;

/// <summary>Findings as workflow commands, which GitHub Actions shows on the lines of a pull request.</summary>
internal static class FindingsGitHub
{
    /// <summary>Writes a command for each finding that counts, and for each stale baseline entry.</summary>
    public static void Write(CheckResult result, TextWriter output)
    {
        foreach (var finding in result.Open)
        {
            var kind = finding.SeverityName is "info" ? "notice" : finding.SeverityName;
            output.WriteLine(
                $"::{kind} file={Property(finding.File)},line={finding.Place.StartLinePosition.Line + 1},col={finding.Place.StartLinePosition.Character + 1}" +
                $",title={Property(finding.Rule.Id + ": " + finding.Rule.Title)}::{Data(finding.Message)}");
        }

        foreach (var entry in result.Stale)
        {
            output.WriteLine($"::notice title=Stale baseline entry::{Data(entry.ToString())}");
        }
    }

    // What the documentation of workflow commands escapes.
    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
