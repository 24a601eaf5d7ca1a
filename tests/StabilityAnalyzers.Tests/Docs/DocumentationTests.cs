using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Docs;

/// <summary>
/// The documentation cannot drift from the rules. Run with the environment variable STABILITY_WRITE_DOCS=1 to have the
/// tables and the head of each page written anew, and a stub for each page that is missing.
/// </summary>
public sealed class DocumentationTests
{
    static DocumentationTests()
    {
        if (Environment.GetEnvironmentVariable("STABILITY_WRITE_DOCS") == "1")
        {
            Write();
        }
    }

    public static TheoryData<string> Ids => AllRules.Ids;

    /// <summary>The rules about code; those of the category Configuration are about the files beside it.</summary>
    public static TheoryData<string> CodeIds => [.. AllRules.ById.Values.Where(rule => !IsConfiguration(rule)).Select(rule => rule.Id)];

    public static TheoryData<string> ConfigurationIds => [.. AllRules.ById.Values.Where(IsConfiguration).Select(rule => rule.Id)];

    public static TheoryData<string, string> Tables => new(RuleTable.Files.Select(table => (Path.Combine(table.File), table.ToPages)));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Descriptor_follows_the_conventions(string id)
    {
        var rule = AllRules.ById[id];
        Assert.Matches("^STAB[0-9]{4}$", id);
        Assert.Equal(StabilityRule.HelpLink(id), rule.HelpLinkUri);
        Assert.True(rule.IsEnabledByDefault);
        Assert.Equal(CategoryOf(id), rule.Category);
        var title = rule.Title.ToString();
        var description = rule.Description.ToString();
        Assert.False(title.EndsWith('.'), "A title is no sentence.");
        Assert.True(description.EndsWith('.'), "A description is made of sentences.");
        Assert.DoesNotContain('\n', title + description);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Class_is_named_after_its_rule(string id)
    {
        var analyzer = Assert.Single(Driver.AllAnalyzers, analyzer => analyzer.SupportedDiagnostics.Any(rule => rule.Id == id));
        Assert.Contains(analyzer.GetType().Assembly.GetTypes(), type => type.Name.StartsWith(id, StringComparison.Ordinal));
        Assert.IsType<TorchSharpAnalyzer>(analyzer, exactMatch: false);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_says_what_the_descriptor_says(string id)
    {
        Assert.True(File.Exists(RulePage.PathOf(id)), $"{id} has no page; STABILITY_WRITE_DOCS=1 writes a stub.");
        var head = RulePage.Head(AllRules.ById[id]);
        Assert.Equal(head, RulePage.Read(id).Beginning(head.Length));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_has_all_sections(string id)
    {
        var page = RulePage.Read(id);

        // A fault that a run shows as well has its measured side on the same page.
        Assert.Equal(RulePage.Sections, page.SectionTitles.Where(title => title != "In a run"));
        Assert.All(RulePage.Sections, section => Assert.True(page.Section(section).Length > 0, section));
        Assert.All(RulePage.Sections, section => Assert.DoesNotContain("TODO", page.Section(section), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(CodeIds))]
    public async Task Wrong_code_is_reported(string id)
    {
        var blocks = RulePage.Read(id).Code("Wrong code");
        Assert.NotEmpty(blocks);
        foreach (var code in blocks)
        {
            Compiles(code);
            Assert.Contains(await Driver.Diagnostics(code), diagnostic => diagnostic.Id == id);
        }
    }

    [Theory]
    [MemberData(nameof(CodeIds))]
    public async Task Right_code_is_not_reported(string id)
    {
        var blocks = RulePage.Read(id).Code("Right code");
        Assert.NotEmpty(blocks);
        foreach (var code in blocks)
        {
            Compiles(code);
            Assert.Empty(await Driver.Diagnostics(code));
        }
    }

    [Theory]
    [MemberData(nameof(ConfigurationIds))]
    public async Task Wrong_configuration_is_reported_and_right_one_is_not(string id)
    {
        var wrong = BesideCode(id, "Wrong code");
        var right = BesideCode(id, "Right code");
        Assert.NotEmpty(wrong);
        Assert.NotEmpty(right);
        foreach (var options in wrong)
        {
            Assert.Contains(await Driver.Diagnostics(Driver.Compile(""), Driver.AllAnalyzers, options), diagnostic => diagnostic.Id == id);
        }

        foreach (var options in right)
        {
            Assert.Empty(await Driver.Diagnostics(Driver.Compile(""), Driver.AllAnalyzers, options));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Rule_has_a_release_row(string id)
    {
        var rule = AllRules.ById[id];
        var rows = Releases().Split('\n').Where(line => line.StartsWith(id, StringComparison.Ordinal)).ToList();
        var row = Assert.Single(rows);
        Assert.StartsWith($"{id} | {rule.Category} | {rule.DefaultSeverity} |", row, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_documented_that_does_not_exist()
    {

        // Pages of faults that are only measured in a run (STAB9xxx) are checked beside the detectors.
        var pages = Directory.GetFiles(Repository.At("analyzers", "docs"), "STAB*.md").Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(page => AllRules.ById.ContainsKey(page) || !page.StartsWith("STAB9", StringComparison.Ordinal));
        Assert.Equal(AllRules.ById.Keys, pages.Order(StringComparer.Ordinal));
        var released = Regex.Matches(Releases(), "^STAB[0-9]{4}", RegexOptions.Multiline).Select(match => match.Value);
        Assert.Equal(AllRules.ById.Keys, released.Order(StringComparer.Ordinal));
        Assert.All(AllRules.Fixes.SelectMany(fix => fix.FixableDiagnosticIds), id => Assert.Contains(id, AllRules.ById.Keys));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_of_rules_is_complete(string file, string toPages) =>
        Assert.Equal(RuleTable.Expected(toPages), RuleTable.Find(File.ReadAllText(Repository.At(file))));

    private static bool IsConfiguration(DiagnosticDescriptor rule) => rule.Category == RuleCategory.Configuration;

    // ```ini blocks are the options of an .editorconfig, ```text blocks a baseline.
    private static List<AnalyzerOptions> BesideCode(string id, string section) =>
    [
        .. RulePage.Read(id).Blocks(section, "ini").Select(block => new AnalyzerOptions([], ConfigOptions.Parse(block))),
        .. RulePage.Read(id).Blocks(section, "text").Select(block =>
            new AnalyzerOptions([new TextBesideCode("/0/" + BaselineFile.FileName, block)], new ConfigOptions([]))),
    ];

    private static string CategoryOf(string id) => id[4] switch
    {
        '0' => RuleCategory.Configuration,
        '1' => RuleCategory.GradientFlow,
        '2' => RuleCategory.Initialization,
        '3' => RuleCategory.TrainingLoop,
        '4' => RuleCategory.Numerics,
        '5' => RuleCategory.Usage,
        '9' => RuleCategory.Evidence,
        _ => "",
    };

    private static void Compiles(string code) =>
        Assert.Empty(Driver.Compile(code).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));

    private static string Releases() =>
        File.ReadAllText(Repository.At("analyzers", "StabilityAnalyzers", "AnalyzerReleases.Shipped.md")).ReplaceLineEndings("\n") + "\n" +
        File.ReadAllText(Repository.At("analyzers", "StabilityAnalyzers", "AnalyzerReleases.Unshipped.md")).ReplaceLineEndings("\n");

    private static void Write()
    {
        foreach (var rule in AllRules.ById.Values)
        {
            var path = RulePage.PathOf(rule.Id);
            if (!File.Exists(path))
            {
                File.WriteAllText(path, RulePage.Stub(rule));
                continue;
            }

            var text = File.ReadAllText(path).ReplaceLineEndings("\n");
            var body = text.IndexOf("\n## ", StringComparison.Ordinal);
            File.WriteAllText(path, RulePage.Head(rule) + (body < 0 ? "" : text[body..]));
        }

        foreach (var (file, toPages) in RuleTable.Files)
        {
            var path = Repository.At(file);
            File.WriteAllText(path, RuleTable.Replace(File.ReadAllText(path), RuleTable.Expected(toPages)));
        }
    }
}
