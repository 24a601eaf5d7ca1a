using StabilityAnalyzers.Rules.TrainingLoop;

namespace StabilityAnalyzers.Tests.Package;

/// <summary>What a team does in its build: the rule fails it, the log holds the finding, the fix heals it.</summary>
[Trait("Category", "EndToEnd")]
public sealed class EnforcementTests(PackedAnalyzers package) : IClassFixture<PackedAnalyzers>
{
    private const string Program = """
        using TorchSharp;
        using static TorchSharp.torch;

        var lstm = nn.LSTM(1, 32);
        var optimizer = optim.SGD(lstm.parameters(), learningRate: 0.1);
        for (var step = 0; step < 100; step++)
        {
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
        Assert.Contains("Program.cs(11,5): error " + Rule, output, StringComparison.Ordinal);
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

    // AD0001: an analyzer threw. CS8032 to CS8034: it, or what it needs, could not be loaded.
    private static void LoadsEveryAnalyzer(string output)
    {
        foreach (var fault in new[] { "AD0001", "CS8032", "CS8033", "CS8034" })
        {
            Assert.DoesNotContain(fault, output, StringComparison.Ordinal);
        }
    }
}
