using System.Text.Json;
using StabilityAnalyzers.Cli.Tests.Kit;

namespace StabilityAnalyzers.Cli.Tests;

public sealed class SarifCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Runs_of_one_tool_become_one_and_say_nothing_twice()
    {
        // As the compiler writes them: rules in the order of the run, artifacts by number.
        var one = _folder.Write("one.sarif", Log("csc", ["STAB1001", "STAB3001"], ("STAB3001", 1, "A.cs", 3), ("STAB1001", 0, "B.cs", 7)));
        var two = _folder.Write("two.sarif", Log("csc", ["STAB3001", "STAB5005"], ("STAB5005", 1, "C.cs", 1), ("STAB3001", 0, "A.cs", 3)));
        var other = _folder.Write("other.sarif", Log("else", ["X1"], ("X1", 0, "A.cs", 3)));
        var runs = Tool.Run("sarif", "merge", one, two, other).Json().GetProperty("runs").EnumerateArray().ToArray();
        Assert.Equal(2, runs.Length);
        Assert.Equal(["STAB1001", "STAB3001", "STAB5005"], Rules(runs[0]));
        Assert.Equal(
            [("STAB3001", 1, "A.cs"), ("STAB1001", 0, "B.cs"), ("STAB5005", 2, "C.cs")],
            runs[0].GetProperty("results").EnumerateArray().Select(result => (
                result.GetProperty("ruleId").GetString()!,
                result.GetProperty("ruleIndex").GetInt32(),
                result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString()!)));
        Assert.Equal(["X1"], Rules(runs[1]));
    }

    [Fact]
    public void Merging_again_changes_nothing()
    {
        var log = _folder.Write("log.sarif", Log("csc", ["STAB1001"], ("STAB1001", 0, "A.cs", 3)));
        var once = Path.Combine(_folder.Path, "once.sarif");
        Tool.Run("sarif", "merge", log, log, "-o", once);
        Assert.Equal(File.ReadAllText(once), Tool.Run("sarif", "merge", once).Output);
        Assert.False(File.Exists(once + ".part"));
    }

    [Theory]
    [InlineData("", "damaged")]
    [InlineData("{\"version\": \"2.1.0\", \"runs\": [", "damaged")]
    [InlineData("[]", "no SARIF 2.1.0 log")]
    [InlineData("{\"version\": \"1.0.0\", \"runs\": []}", "no SARIF 2.1.0 log")]
    [InlineData("{\"version\": 2, \"runs\": []}", "damaged")]
    public void Damaged_log_is_an_error(string text, string expected)
    {
        var target = Path.Combine(_folder.Path, "merged.sarif");
        var run = Tool.Run("sarif", "merge", _folder.Write("log.sarif", text), "-o", target);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Errors);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void Missing_log_is_an_error() => Assert.Contains("'nowhere.sarif' does not exist", Tool.Run("sarif", "merge", "nowhere.sarif").Errors);

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string?> Rules(JsonElement run) =>
        run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("id").GetString());

    private static string Log(string tool, string[] rules, params (string Rule, int Index, string File, int Line)[] results) => JsonSerializer.Serialize(new
    {
        version = "2.1.0",
        runs = new[]
        {
            new
            {
                tool = new { driver = new { name = tool, rules = rules.Select(id => new { id }) } },
                artifacts = results.Select(result => new { location = new { uri = result.File } }),
                results = results.Select((result, index) => new
                {
                    ruleId = result.Rule,
                    ruleIndex = result.Index,
                    level = "warning",
                    message = new { text = "something" },
                    locations = new[]
                    {
                        new { physicalLocation = new { artifactLocation = new { uri = result.File, index }, region = new { startLine = result.Line } } },
                    },
                }),
            },
        },
    });
}
