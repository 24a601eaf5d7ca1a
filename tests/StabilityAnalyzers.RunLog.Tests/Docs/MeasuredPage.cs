using System.Globalization;

namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>The documentation page of a fault that a run shows: what it must hold.</summary>
internal static class MeasuredPage
{
    /// <summary>The sections of a page of its own, in this order.</summary>
    public static readonly string[] Sections = ["Why", "What is reported", "What is not", "Remedy", "Options"];

    private const string Start = "<!-- measured -->";
    private const string End = "<!-- /measured -->";

    public static string Folder { get; } = Path.Combine(FindRoot(), "analyzers", "docs");

    public static string PathOf(MeasuredFault fault) => Path.Combine(Folder, fault.PageName + ".md");

    public static string Read(MeasuredFault fault) => File.ReadAllText(PathOf(fault)).ReplaceLineEndings("\n");

    public static string Head(MeasuredFault fault) =>
        $"# {fault.Id}: {fault.Title}\n\nFound in a run by `{DetectorPreset.NameOf(fault.Defaults)}Detector`.\n\n";

    /// <summary>The values that can be changed, with their defaults, as they must stand at the end of the page.</summary>
    public static string Options(MeasuredFault fault)
    {
        var name = DetectorPreset.NameOf(fault.Defaults);
        return "| Option | Default |\n|---|---|\n" + string.Concat(DetectorPreset.Settable(fault.Defaults).Select(property =>
            $"| `{name}.{property.Name}` | {Text(property.GetValue(fault.Defaults))} |\n"));
    }

    public static IEnumerable<string> SectionTitles(string page) =>
        page.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]);

    /// <summary>The table of all faults, which stands in the index of the pages.</summary>
    public static string Table() =>
        "| Rule | What a run shows | Detector |\n|---|---|---|\n" + string.Concat(MeasuredFault.All.Select(fault =>
            $"| [{fault.Id}]({fault.PageName}.md) | {fault.Title} | `{DetectorPreset.NameOf(fault.Defaults)}` |\n"));

    public static string? FindTable(string text) =>
        Bounds(text) is var (from, to) ? text[from..to].TrimStart('\n') : null;

    public static string ReplaceTable(string text) => Bounds(text) is var (from, to) ? text[..from] + "\n" + Table() + text[to..] : text;

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "not known";

    private static (int From, int To)? Bounds(string text)
    {
        var start = text.IndexOf(Start, StringComparison.Ordinal);
        var end = text.IndexOf(End, StringComparison.Ordinal);
        return start < 0 || end < start ? null : (start + Start.Length, end);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "StabilityAnalyzers.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run below the source tree.");
        }

        return folder.FullName;
    }
}
