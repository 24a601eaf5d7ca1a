using StabilityAnalyzers.Baseline;
using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.Tests.Package;

/// <summary>What a team does in its build: the rule fails it, the log holds the finding, the fix heals it.</summary>
[Collection(PackageCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class EnforcementTests(PackedAnalyzers package)
{
    private const string Program = """
        using TorchSharp;
        using static TorchSharp.torch;

        var lstm = nn.LSTM(1, 32);
        var optimizer = optim.SGD(lstm.parameters(), learningRate: 0.1);
        for (var step = 0; step < 100; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var (output, _, _) = lstm.call(randn(50, 16, 1));
            output.square().mean().backward();
            optimizer.step();
        }

        """;

    [Fact]
    public async Task Build_fails_on_the_rule_until_its_fix_is_applied()
    {
        var consumer = new Consumer(package, "enforced", Program);
        const string Rule = STAB3001RecurrentLoopWithoutClipping.Id;

        var (failed, output) = await consumer.Build("-warnaserror:" + Rule);
        Assert.True(failed != 0, output);
        Assert.Contains("Program.cs(12,5): error " + Rule, output, StringComparison.Ordinal);
        LoadsEveryAnalyzer(output);
        Assert.Contains(Rule, consumer.SarifResults());

        var (formatted, formatOutput) = await Dotnet.Run(
            consumer.Folder, "format", "analyzers", "--no-restore", "--diagnostics", Rule, "--severity", "warn");
        Assert.True(formatted == 0, formatOutput);
        Assert.Equal(
            Program.ReplaceLineEndings("\n").Replace(
                "    optimizer.step();",
                "    torch.nn.utils.clip_grad_norm_(lstm.parameters(), 1.0);\n    optimizer.step();",
                StringComparison.Ordinal),
            (await File.ReadAllTextAsync(consumer.Program)).ReplaceLineEndings("\n"));

        var (succeeded, cleanOutput) = await consumer.Build("--no-restore", "-warnaserror:" + Rule);
        Assert.True(succeeded == 0, cleanOutput);
        Assert.DoesNotContain("STAB", cleanOutput, StringComparison.Ordinal);
        LoadsEveryAnalyzer(cleanOutput);
        Assert.DoesNotContain(consumer.SarifResults(), id => id?.StartsWith("STAB", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("<StabilityAnalysisMode>none</StabilityAnalysisMode>", null)]
    [InlineData("<StabilityAnalysisMode>default</StabilityAnalysisMode>", "warning")]
    [InlineData("<StabilityAnalysisMode>Recommended</StabilityAnalysisMode>", "warning")]
    [InlineData("<StabilityAnalysisMode>strict</StabilityAnalysisMode>", "error")]
    [InlineData("<StabilityAnalysisVersion>0.1</StabilityAnalysisVersion>", "warning")]
    [InlineData("<StabilityAnalysisMode>loud</StabilityAnalysisMode>", "warning", "StabilityAnalysisMode 'loud' is not none, default, recommended or strict; 'default' is used.")]
    [InlineData("<StabilityAnalysisVersion>7</StabilityAnalysisVersion>", "warning", "StabilityAnalysisVersion '7' is not known; 'latest' is used.")]
    [InlineData("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", "error")]
    public async Task Mode_decides_the_severity(string properties, string? severity, string? message = null)
    {
        var consumer = new Consumer(package, $"mode-{Guid.NewGuid():N}", Program, properties);
        var (exitCode, output) = await consumer.Build();
        Assert.True((exitCode != 0) == (severity == "error"), output);
        Assert.Equal(severity is not null, output.Contains("STAB3001", StringComparison.Ordinal));
        if (severity is not null)
        {
            Assert.Contains($"Program.cs(12,5): {severity} STAB3001", output, StringComparison.Ordinal);
        }

        Assert.Contains(message ?? "", output, StringComparison.Ordinal);
        LoadsEveryAnalyzer(output);
    }

    [Fact]
    public async Task Own_editorconfig_wins_over_the_mode()
    {
        var consumer = new Consumer(package, "own-severity", Program, "<StabilityAnalysisMode>strict</StabilityAnalysisMode>");
        await File.WriteAllTextAsync(
            Path.Combine(consumer.Folder, ".editorconfig"), "root = true\n[*.cs]\ndotnet_diagnostic.STAB3001.severity = warning\n", TestContext.Current.CancellationToken);
        var (exitCode, output) = await consumer.Build();
        Assert.True(exitCode == 0, output);
        Assert.Contains("warning STAB3001", output, StringComparison.Ordinal);
    }

    // A mode names the rules that it makes louder or silences: these follow the mode, and all others the line for the category.
    [Theory]
    [InlineData("default", "none", null, null)]
    [InlineData("default", "warning", "warning", "warning")]
    [InlineData("recommended", "none", null, "warning")]
    [InlineData("recommended", "error", "error", "warning")]
    [InlineData("strict", "none", "error", "warning")]
    [InlineData("none", "warning", null, null)]
    public async Task Line_for_a_category_rules_what_the_mode_does_not_name(string mode, string line, string? ofWarning, string? ofInfo)
    {
        // STAB3001 is a warning by itself, STAB3010 information.
        const string WithEvaluation = Program + """

            lstm.eval();
            for (var i = 0; i < 10; i++)
            {
                using var scope = NewDisposeScope();
                var (prediction, _, _) = lstm.call(randn(50, 16, 1));
                Console.WriteLine(prediction.mean().item<float>());
            }

            """;
        var consumer = new Consumer(package, $"category-{mode}-{line}", WithEvaluation, $"<StabilityAnalysisMode>{mode}</StabilityAnalysisMode>");
        await File.WriteAllTextAsync(
            Path.Combine(consumer.Folder, ".editorconfig"),
            $"root = true\n[*.cs]\ndotnet_analyzer_diagnostic.category-{RuleCategory.TrainingLoop}.severity = {line}\n",
            TestContext.Current.CancellationToken);
        var (_, output) = await consumer.Build();
        Assert.Equal((ofWarning, ofInfo), (SeverityOf("STAB3001"), SeverityOf("STAB3010")));
        LoadsEveryAnalyzer(output);

        string? SeverityOf(string rule) =>
            new[] { "error", "warning" }.SingleOrDefault(severity => output.Contains($"{severity} {rule}:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Baseline_accepts_the_old_finding_also_where_warnings_are_errors()
    {
        var consumer = new Consumer(package, "baseline", Program, "<TreatWarningsAsErrors>true</TreatWarningsAsErrors>");
        var baseline = Path.Combine(consumer.Folder, BaselineFile.FileName);
        await File.WriteAllTextAsync(baseline, "STAB3001 (top-level)\n", TestContext.Current.CancellationToken);
        var (exitCode, output) = await consumer.Build();
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("STAB3001", output, StringComparison.Ordinal);
        Assert.Contains("STAB3001", consumer.SuppressedSarifResults());
        LoadsEveryAnalyzer(output);

        await File.WriteAllTextAsync(baseline, "STAB3001\n", TestContext.Current.CancellationToken);
        (exitCode, output) = await consumer.Build("--no-restore");
        Assert.True(exitCode != 0, output);
        Assert.Contains("stability.baseline(1,1): error STAB0002", output, StringComparison.Ordinal);
        Assert.Contains("error STAB3001", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Baseline_that_does_not_exist_is_a_clear_error()
    {
        var consumer = new Consumer(package, "no-baseline", Program, "<StabilityBaseline>missing.baseline</StabilityBaseline>");
        var (exitCode, output) = await consumer.Build();
        Assert.True(exitCode != 0, output);
        Assert.Contains("error STAB0002: The baseline 'missing.baseline' does not exist.", output, StringComparison.Ordinal);
    }

    // AD0001: an analyzer threw. CS8032 to CS8034: it, or what it needs, could not be loaded.
    private static void LoadsEveryAnalyzer(string output)
    {
        foreach (var fault in new[] { "AD0001", "CS8032", "CS8033", "CS8034" })
        {
            Assert.DoesNotContain(fault, output, StringComparison.Ordinal);
        }
    }
}
