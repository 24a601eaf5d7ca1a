namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>
/// The pages cannot drift from the detectors. Run with STABILITY_WRITE_DOCS=1 to have the head and the options of each page,
/// and the table of the index, written anew.
/// </summary>
public class MeasuredPageTests
{
    private static readonly string Index = Path.Combine(MeasuredPage.Folder, "README.md");

    static MeasuredPageTests()
    {
        if (Environment.GetEnvironmentVariable("STABILITY_WRITE_DOCS") == "1")
        {
            Write();
        }
    }

    public static TheoryData<string> Ids => [.. MeasuredFault.All.Select(fault => fault.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_SaysWhatTheDetectorIs(string id)
    {
        var fault = MeasuredFault.Of(id)!;
        var page = MeasuredPage.Read(fault);
        Assert.EndsWith("\n## Options\n\n" + MeasuredPage.Options(fault), fault.PredictedBy is null ? page : InRun(page), StringComparison.Ordinal);
        if (fault.PredictedBy is not null)
        {
            // The page of the rule that predicts it has a section about runs.
            Assert.Contains($"## In a run\n\nSTAB9", page);
            Assert.Contains(fault.Id, page);
            return;
        }

        Assert.StartsWith(MeasuredPage.Head(fault), page);
        Assert.Equal(MeasuredPage.Sections, MeasuredPage.SectionTitles(page));
        Assert.DoesNotContain("TODO", page);
    }

    [Fact]
    public void Index_HasEveryFault() =>
        Assert.Equal(MeasuredPage.Table(), MeasuredPage.FindTable(File.ReadAllText(Index).ReplaceLineEndings("\n")));

    [Fact]
    public void NoPage_IsLeftOver()
    {
        var pages = Directory.GetFiles(MeasuredPage.Folder, "STAB9*.md").Select(Path.GetFileNameWithoutExtension).Order();
        Assert.Equal(MeasuredFault.All.Where(fault => fault.PredictedBy is null).Select(fault => fault.Id), pages);
    }

    [Fact]
    public void Finding_LeadsToItsPage()
    {
        var finding = new Finding(RuleIds.VanishingGradient, FindingSeverity.Info, null, 0, 0, 0, "");

        Assert.EndsWith("/analyzers/docs/STAB1001.md", finding.HelpLink);
        Assert.EndsWith("/analyzers/docs/STAB9013.md", (finding with { RuleId = RuleIds.DeadUnits }).HelpLink);
        Assert.Null((finding with { RuleId = "X1" }).HelpLink);
    }

    /// <summary>What the section about runs says, with the options as if it were a section of its own.</summary>
    private static string InRun(string page)
    {
        var start = page.IndexOf("\n## In a run\n", StringComparison.Ordinal);
        return start < 0 ? "" : page[start..].Replace("\n| Option |", "\n## Options\n\n| Option |", StringComparison.Ordinal);
    }

    private static void Write()
    {
        foreach (var fault in MeasuredFault.All)
        {
            var path = MeasuredPage.PathOf(fault);
            if (fault.PredictedBy is not null)
            {
                var shared = File.ReadAllText(path).ReplaceLineEndings("\n");
                var table = shared.IndexOf("\n| Option |", StringComparison.Ordinal);
                File.WriteAllText(path, (table < 0 ? shared : shared[..(table + 1)]) + (table < 0 ? "\n" : "") + MeasuredPage.Options(fault));
                continue;
            }

            var text = File.Exists(path)
                ? File.ReadAllText(path).ReplaceLineEndings("\n")
                : string.Concat(MeasuredPage.Sections.Select(section => $"\n## {section}\n\nTODO\n"));
            var body = text.IndexOf("## Why", StringComparison.Ordinal);
            var options = text.IndexOf("\n## Options\n", StringComparison.Ordinal);
            File.WriteAllText(path, MeasuredPage.Head(fault) + text[body..options] + "\n## Options\n\n" + MeasuredPage.Options(fault));
        }

        File.WriteAllText(Index, MeasuredPage.ReplaceTable(File.ReadAllText(Index).ReplaceLineEndings("\n")));
    }
}
