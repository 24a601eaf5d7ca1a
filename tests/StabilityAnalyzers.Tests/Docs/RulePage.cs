using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Docs;

/// <summary>The documentation page of a rule: what it must hold, and what it says.</summary>
internal sealed partial class RulePage
{
    /// <summary>The sections of a page, in this order.</summary>
    public static readonly ImmutableArray<string> Sections =
        ["Why", "Wrong code", "Right code", "Fix", "Options", "When to suppress"];

    private readonly string _text;

    private RulePage(string text) => _text = text;

    /// <summary>Where the page of a rule lies.</summary>
    public static string PathOf(string id) => Repository.At("analyzers", "docs", id + ".md");

    /// <summary>Reads the page of a rule.</summary>
    public static RulePage Read(string id) => new(File.ReadAllText(PathOf(id)).ReplaceLineEndings("\n"));

    /// <summary>How every page begins: heading, description, table. The descriptor says it all.</summary>
    public static string Head(DiagnosticDescriptor rule) => $"""
        # {rule.Id}: {rule.Title}

        {rule.Description}

        | Category | Severity | Quick fix |
        |---|---|---|
        | `{rule.Category}` | {rule.DefaultSeverity} | {(AllRules.HasFix(rule.Id) ? "yes" : "no")} |

        """.ReplaceLineEndings("\n");

    /// <summary>A page with nothing in its sections, for the author of a new rule to fill.</summary>
    public static string Stub(DiagnosticDescriptor rule) =>
        Head(rule) + string.Concat(Sections.Select(section => $"\n## {section}\n\nTODO\n"));

    /// <summary>The page begins as the descriptor demands.</summary>
    public bool StartsWith(string head) => _text.StartsWith(head, StringComparison.Ordinal);

    /// <summary>The beginning of the page, as long as that text, to be shown when they differ.</summary>
    public string Beginning(int length) => _text[..Math.Min(length, _text.Length)];

    /// <summary>The titles of the page's sections.</summary>
    public IEnumerable<string> SectionTitles => SectionTitle().Matches(_text).Select(match => match.Groups[1].Value);

    /// <summary>The text of a section, trimmed; empty where there is none.</summary>
    public string Section(string title)
    {
        var start = _text.IndexOf($"\n## {title}\n", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        start += title.Length + 5;
        var end = _text.IndexOf("\n## ", start, StringComparison.Ordinal);
        return (end < 0 ? _text[start..] : _text[start..end]).Trim();
    }

    /// <summary>The C# blocks of a section.</summary>
    public IReadOnlyList<string> Code(string section) => Blocks(section, "csharp");

    /// <summary>The blocks of a section in some language, as it stands behind the opening fence.</summary>
    public IReadOnlyList<string> Blocks(string section, string language) =>
        [.. CodeBlock().Matches(Section(section)).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value)];

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex SectionTitle();

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
