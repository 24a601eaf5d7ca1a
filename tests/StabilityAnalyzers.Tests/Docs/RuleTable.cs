using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Docs;

/// <summary>The table of all rules, which stands between two markers in more than one file.</summary>
internal static class RuleTable
{
    private const string Start = "<!-- rules -->";
    private const string End = "<!-- /rules -->";

    /// <summary>The files that hold the table, with the way from each to the pages.</summary>
    public static readonly (string[] File, string ToPages)[] Files =
    [
        (["README.md"], "analyzers/docs/"),
        (["analyzers", "docs", "README.md"], ""),
    ];

    /// <summary>The table as it must be.</summary>
    public static string Expected(string toPages) =>
        "| Rule | What it reports | Severity | Quick fix |\n|---|---|---|---|\n" + string.Concat(AllRules.ById.Values.Select(rule =>
            $"| [{rule.Id}]({toPages}{rule.Id}.md) | {rule.Title} | {rule.DefaultSeverity} | {(AllRules.HasFix(rule.Id) ? "yes" : "")} |\n"));

    /// <summary>The table as it is in a text, or null where the markers are missing.</summary>
    public static string? Find(string text)
    {
        text = text.ReplaceLineEndings("\n");
        return Bounds(text) is var (from, to) ? text[from..to].TrimStart('\n') : null;
    }

    /// <summary>The text with the table put between its markers.</summary>
    public static string Replace(string text, string table)
    {
        text = text.ReplaceLineEndings("\n");
        return Bounds(text) is var (from, to) ? text[..from] + "\n" + table + text[to..] : text;
    }

    private static (int From, int To)? Bounds(string text)
    {
        var start = text.IndexOf(Start, StringComparison.Ordinal);
        var end = text.IndexOf(End, StringComparison.Ordinal);
        return start < 0 || end < start ? null : (start + Start.Length, end);
    }
}
