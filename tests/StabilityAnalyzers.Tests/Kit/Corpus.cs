using System.Collections.Immutable;
using StabilityAnalyzers.Tests.Docs;

namespace StabilityAnalyzers.Tests.Kit;

/// <summary>
/// Documents as people write them, for tests that want many: the files of the folder Corpus, and the code on the pages
/// of the rules. A new rule adds a file with code that it reports on and code that it nearly reports on.
/// </summary>
internal static class Corpus
{
    /// <summary>Name and text of each document, in a fixed order.</summary>
    public static ImmutableArray<(string Name, string Code)> Documents { get; } = [.. Files(), .. Pages()];

    /// <summary>The names, as rows of a theory.</summary>
    public static TheoryData<string> Names => [.. Documents.Select(document => document.Name)];

    private static IEnumerable<(string, string)> Files() =>
        Directory.GetFiles(Repository.At("tests", "StabilityAnalyzers.Tests", "Corpus"), "*.cs")
            .Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), File.ReadAllText(path).ReplaceLineEndings("\n")));

    private static IEnumerable<(string, string)> Pages() =>
        from id in AllRules.ById.Keys
        where File.Exists(RulePage.PathOf(id))
        let page = RulePage.Read(id)
        from section in new[] { "Wrong code", "Right code" }
        from block in page.Code(section).Select((code, index) => (code, index))
        select ($"{id} {section} {block.index}", block.code);
}
