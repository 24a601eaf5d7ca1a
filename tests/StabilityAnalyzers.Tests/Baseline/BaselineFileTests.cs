using StabilityAnalyzers.Baseline;

namespace StabilityAnalyzers.Tests.Baseline;

public sealed class BaselineFileTests
{
    [Theory]
    [InlineData("STAB3001")]
    [InlineData("STAB30 M:A.B")]
    [InlineData("CS0168 M:A.B")]
    [InlineData("STAB3001 M:A.B x0")]
    [InlineData("STAB3001 M:A.B x-1")]
    [InlineData("STAB3001 M:A.B x99999999999")]
    [InlineData("STAB3001 M:A.B extra words")]
    [InlineData("<<<<<<< HEAD")]
    [InlineData("\0\u0001\uFFFD")]
    public void Line_that_cannot_be_read_is_named(string line)
    {
        var file = BaselineFile.Parse(["STAB1001 F:A.b", line, "STAB1001 F:A.c"]);
        Assert.Equal(1, Assert.Single(file.Problems).Line);
        Assert.Equal(["F:A.b", "F:A.c"], file.Entries.Select(entry => entry.Symbol));
    }

    [Fact]
    public void Same_key_twice_is_named()
    {
        var file = BaselineFile.Parse(["STAB1001 F:A.b", "STAB1001 F:A.b x3"]);
        Assert.Equal(1, Assert.Single(file.Problems).Line);
        Assert.Equal(1, Assert.Single(file.Entries).Count);
    }

    [Fact]
    public void Comments_and_empty_lines_are_left_out()
    {
        var file = BaselineFile.Parse(["# a comment", "", "   ", "  STAB1001\tF:A.b  x2 "]);
        Assert.Empty(file.Problems);
        Assert.Equal(new BaselineEntry("STAB1001", "F:A.b", 2), Assert.Single(file.Entries));
    }

    [Fact]
    public void Problems_of_a_damaged_file_are_limited()
    {
        var file = BaselineFile.Parse(Enumerable.Repeat("nonsense", 10_000));
        Assert.InRange(file.Problems.Length, 1, 20);
    }

    [Fact]
    public void File_is_sorted_and_reads_back()
    {
        BaselineEntry[] entries = [new("STAB3001", "M:B.C", 2), new("STAB5005", "M:A.D", 1), new("STAB1001", "M:B.C", 1)];
        var text = BaselineFile.Write(entries);
        Assert.DoesNotContain('\r', text);
        var file = BaselineFile.Parse(text.Split('\n'));
        Assert.Empty(file.Problems);
        Assert.Equal(["STAB5005 M:A.D", "STAB1001 M:B.C", "STAB3001 M:B.C x2"], file.Entries.Select(entry => entry.ToString()));
        Assert.Equal(text, BaselineFile.Write(file.Entries.Reverse()));
    }

    [Theory]
    [InlineData("/a/stability.baseline", true)]
    [InlineData("/a/team.stability.baseline", true)]
    [InlineData("/a/stability.baseline.txt", false)]
    [InlineData("/a/appsettings.json", false)]
    public void Found_by_its_name(string path, bool expected) => Assert.Equal(expected, BaselineFile.IsBaseline(path));
}
