using StabilityAnalyzers.Cli.Tests.Kit;

namespace StabilityAnalyzers.Cli.Tests;

public sealed class ExplainCommandTests
{
    [Fact]
    public void Every_rule_has_its_page() => Assert.All(RuleCatalog.ById.Keys, id =>
    {
        var run = Tool.Run("explain", id);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"# {id}: {RuleCatalog.ById[id].Title}", run.Output);
    });

    [Fact]
    public void Case_does_not_matter() => Assert.StartsWith("# STAB3001:", Tool.Run("explain", "stab3001").Output);

    [Fact]
    public void Without_a_rule_all_are_listed() =>
        Assert.Equal(RuleCatalog.ById.Keys, Tool.Run("explain").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..8]));

    [Theory]
    [InlineData("STAB0000")]
    [InlineData("CS8602")]
    [InlineData("../README")]
    public void Unknown_rule_is_an_error(string id)
    {
        var run = Tool.Run("explain", id);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("there is no rule", run.Errors);
    }
}
