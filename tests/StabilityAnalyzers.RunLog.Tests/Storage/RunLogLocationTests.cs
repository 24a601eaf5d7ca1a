namespace StabilityAnalyzers.RunLog.Tests;

public class RunLogLocationTests
{
    [Theory]
    [InlineData("SigmoidNet", "SigmoidNet")]
    [InlineData("Samples.Spirals+Inner.SigmoidNet", "SigmoidNet")]
    [InlineData("Samples.Outer+Net", "Net")]
    [InlineData("Samples.Net`2[[System.Int32, System.Private.CoreLib],[X.Y]]", "Net")]
    [InlineData("Samples.Net<A.B, C>", "Net")]
    [InlineData("../../etc/passwd", "_etc_passwd")]
    [InlineData("C:\\con", "C__con")]
    [InlineData("Größe 编码", "Gr__e___")]
    [InlineData("", "model")]
    [InlineData("...", "model")]
    [InlineData("a\0b\n", "a_b_")]
    public void Name_IsSafe(string modelType, string expected)
    {
        var path = RunLogLocation.NewFile(Some.Run() with { ModelType = modelType }, Path.GetTempPath());

        Assert.Matches($"^20250314-092653-{expected}-[0-9a-f]{{8}}\\.stability\\.db$", Path.GetFileName(path));
        Assert.Equal(Path.Combine(Path.GetTempPath(), ".stability", "runs"), Path.GetDirectoryName(path));
    }

    [Fact]
    public void LongName_IsCut() =>
        Assert.InRange(Path.GetFileName(RunLogLocation.NewFile(Some.Run() with { ModelType = new string('x', 10_000) })).Length, 1, 100);

    [Fact]
    public void Time_IsUtc()
    {
        var run = Some.Run() with { Started = new DateTimeOffset(2025, 1, 1, 1, 0, 0, TimeSpan.FromHours(2)) };

        Assert.StartsWith("20241231-230000-", Path.GetFileName(RunLogLocation.NewFile(run)));
    }

    [Fact]
    public void SameRun_GetsAnotherFileEachTime() =>
        Assert.NotEqual(RunLogLocation.NewFile(Some.Run()), RunLogLocation.NewFile(Some.Run()));

    [Fact]
    public void Files_AreTheNewestFirst()
    {
        using var folder = new TemporaryFolder();
        Assert.Empty(RunLogLocation.Files(folder.Path));
        var old = RunLogLocation.NewFile(Some.Run(), folder.Path);
        var late = RunLogLocation.NewFile(Some.Run() with { Started = Some.Start.AddDays(1) }, folder.Path);
        foreach (var path in new[] { old, late })
        {
            RunLogWriter.Create(path, Some.Run()).Dispose();
        }

        File.WriteAllText(Path.Combine(RunLogLocation.Folder(folder.Path), "notes.txt"), "");

        Assert.Equal([late, old], RunLogLocation.Files(folder.Path));
    }
}
