using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Cli.Checking;
using StabilityAnalyzers.Cli.Commands;
using StabilityAnalyzers.Cli.Sources;
using StabilityAnalyzers.Cli.Tests.Kit;

namespace StabilityAnalyzers.Cli.Tests;

public sealed class CheckCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Code_without_a_finding_ends_with_zero()
    {
        var run = Tool.Run("check", _folder.Write("Trainer.cs", Loops.With()));
        Assert.Equal((0, "no findings\n", ""), (run.ExitCode, run.Output, run.Errors));
    }

    [Theory]
    [InlineData(0, "--fail-on", "error")]
    [InlineData(0, "--fail-on", "never")]
    [InlineData(1, "--fail-on", "warning")]
    [InlineData(1, "--fail-on", "info")]
    [InlineData(1)]
    [InlineData(1, "--fail-on", "error", "--mode", "strict")]
    public void Severity_decides_how_it_ends(int exitCode, params string[] arguments)
    {
        var run = Tool.Run(["check", _folder.Write("Trainer.cs", Loops.With("Train")), .. arguments]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Matches(@"Trainer\.cs\(18,13\): (warning|error) STAB3001: The loop trains 'lstm'", run.Output);
    }

    [Fact]
    public void Editorconfig_holds()
    {
        _folder.Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.STAB3001.severity = none\n");
        var run = Tool.Run("check", _folder.Write("Trainer.cs", Loops.With("Train")), "--mode", "strict");
        Assert.Equal((0, "no findings\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public void Pragma_and_baseline_are_counted_apart()
    {
        _folder.Write("stability.baseline", $"STAB3001 {Loops.Symbol("Train")}\nSTAB3001 {Loops.Symbol("Gone")} x2\n");
        var code = Loops.With("Train", "Tune", "Test");
        var at = code.IndexOf("public void Tune", StringComparison.Ordinal);
        code = code[..at].TrimEnd() + "\n#pragma warning disable STAB3001\n" + code[at..].Replace("    public void Test", "#pragma warning restore STAB3001\n    public void Test");
        var path = _folder.Write("Trainer.cs", code);

        var run = Tool.Run("check", path);
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith(
            $"stale baseline entry: STAB3001 {Loops.Symbol("Gone")} x2\n" +
            "1 warning; 1 accepted by the baseline; 1 suppressed in the source; 1 baseline entry without a finding, 'stability baseline' takes them out\n",
            run.Output);

        var findings = Tool.Run("check", path, "--format", "json").Json(exitCode: 1).GetProperty("findings").EnumerateArray().ToArray();
        Assert.Equal(
            [(Loops.Symbol("Train"), "acceptedByBaseline"), (Loops.Symbol("Tune"), "suppressedInSource"), (Loops.Symbol("Test"), "open")],
            findings.Select(finding => (finding.GetProperty("symbol").GetString(), finding.GetProperty("state").GetString())));
    }

    [Fact]
    public void Sarif_holds_every_finding_and_what_was_accepted()
    {
        _folder.Write("stability.baseline", $"STAB3001 {Loops.Symbol("Train")}\n");
        var target = Path.Combine(_folder.Path, "logs", "check.sarif");
        var run = Tool.Run("check", _folder.Write("Trainer.cs", Loops.With("Train", "Tune")), "--format", "sarif", "-o", target);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));

        using var log = System.Text.Json.JsonDocument.Parse(File.ReadAllText(target));
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        var one = Assert.Single(log.RootElement.GetProperty("runs").EnumerateArray());
        var rule = Assert.Single(one.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray());
        Assert.Equal("STAB3001", rule.GetProperty("id").GetString());
        var results = one.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal([true, false], results.Select(result => result.TryGetProperty("suppressions", out _)));
        Assert.All(results, result => Assert.Equal(0, result.GetProperty("ruleIndex").GetInt32()));
        Assert.Equal(2, results.Select(result => result.GetProperty("partialFingerprints").GetProperty("stability/v1").GetString()).Distinct().Count());
        Assert.EndsWith("Trainer.cs", results[0].GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString());
    }

    [Fact]
    public void GitHub_gets_a_command_for_each_finding()
    {
        var run = Tool.Run("check", _folder.Write("Trainer.cs", Loops.With("Train")), "--format", "github");
        var line = Assert.Single(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("::warning file=", line);
        Assert.Contains("Trainer.cs,line=18,col=13,title=STAB3001%3A A recurrent network is trained without gradient clipping::The loop trains", line);
    }

    [Fact]
    public void Solution_is_checked_project_by_project()
    {
        _folder.Write("One/Trainer.cs", Loops.With("Train"));
        Project("One", refersToTorchSharp: true);
        _folder.Write("Plain/Plain.cs", "class Plain;");
        Project("Plain", refersToTorchSharp: false);
        _folder.Write("Directory.Build.props", "<Project />");
        var solution = _folder.Write("All.slnx", """
            <Solution>
              <Project Path="One/One.csproj" />
              <Project Path="Plain/Plain.csproj" />
            </Solution>
            """);

        var run = Tool.Run("check", solution, "--format", "json");
        var finding = Assert.Single(run.Json(exitCode: 1).GetProperty("findings").EnumerateArray());
        Assert.EndsWith("One/Trainer.cs", finding.GetProperty("file").GetString());

        // What is built already is compiled no more, and is checked all the same.
        Assert.Equal(0, DotnetCommand.Run(["build", solution, "-v:quiet"], _folder.Path, CancellationToken.None).ExitCode);
        Assert.Equal(1, Tool.Run("check", solution).ExitCode);
    }

    [Fact]
    public void One_entry_accepts_the_finding_in_every_project()
    {
        var path = _folder.Write("Trainer.cs", Loops.With("Train"));
        SourceCode[] sources = [.. Enumerable.Range(0, 2).Select(_ => SourceCode.Load(path, [], ignoreProjects: true, CancellationToken.None))];
        var entry = new BaselineEntry("STAB3001", Loops.Symbol("Train"), 1);
        var stale = new BaselineEntry("STAB3001", Loops.Symbol("Gone"), 1);
        var result = CheckCommand.Check(sources, AnalysisMode.Default, [entry, stale], CancellationToken.None);
        Assert.Equal(2, result.Findings.Count);
        Assert.Empty(result.Open);
        Assert.Equal(stale, Assert.Single(result.Stale));
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        var code = _folder.Write("Trainer.cs", Loops.With("Train"));
        var damaged = _folder.Write("damaged/stability.baseline", "STAB1001 F:A.b\nnonsense\n");
        foreach (var (arguments, expected) in new (string[], string)[]
        {
            (["check", code, "--baseline", "Nowhere"], "the baseline 'Nowhere' does not exist"),
            (["check", code, "--baseline", damaged], "stability.baseline(2): the line is not"),
            (["check", code, "--fail-on", "hint"], "hint"),
            (["check", "Nowhere.sln"], "does not exist"),
            (["baseline", code, "--baseline", damaged], "stability.baseline(2): the line is not"),
        })
        {
            var run = Tool.Run(arguments);
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains(expected, run.Errors);
        }
    }

    public void Dispose() => _folder.Dispose();

    private void Project(string name, bool refersToTorchSharp) => _folder.Write($"{name}/{name}.csproj", $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
          </PropertyGroup>
          <ItemGroup Condition="{refersToTorchSharp}">
            <Reference Include="TorchSharp" HintPath="{Assemblies.TorchSharpInCache()}" />
          </ItemGroup>
        </Project>
        """);
}
