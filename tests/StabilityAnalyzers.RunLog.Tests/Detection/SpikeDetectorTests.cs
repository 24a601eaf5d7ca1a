namespace StabilityAnalyzers.RunLog.Tests;

public class SpikeDetectorTests
{
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.8)]
    public void SkewedNoise_IsNothing(double sigma)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var norm = Losses.Noisy(_ => 3, sigma, seed);
            Assert.Empty(Observe(1000, norm, Losses.Noisy(Sequence.Falling, sigma, 1000 + seed)));
        }
    }

    [Fact]
    public void FirstSteps_AreNothing() => Assert.Empty(Observe(60, i => i == 50 ? 1e6 : 1, i => i == 50 ? 1e6 : 1));

    [Fact]
    public void NormThatGrowsWithTheLearningRate_IsNothing() =>
        Assert.Empty(Observe(400, i => 0.1 + (Math.Min(i, 200) * 0.02), Sequence.Falling));

    [Fact]
    public void OddBatchAfterTheLossHasConverged_IsNothing() =>
        Assert.Empty(Observe(400, _ => 1, i => i < 100 ? 2 : i % 97 == 0 ? 0.05 : 1e-5));

    [Fact]
    public void ConstantThatBecomesAnother_IsNothing() => Assert.Empty(Observe(400, i => i < 200 ? 1 : 1.0005, _ => 1));

    [Fact]
    public void MissingLossAndNaN_AreNothing() =>
        Assert.Empty(Observe(400, i => i % 3 == 0 ? double.NaN : 1, i => i % 2 == 0 ? null : double.NaN));

    [Fact]
    public void NormThatJumps_IsInfo()
    {
        var finding = Assert.Single(Observe(300, Losses.Noisy(i => i == 200 ? 60 : 1, 0.3, 1), Sequence.Falling));

        Assert.Equal(("STAB9006", FindingSeverity.Info, 200), (finding.RuleId, finding.Severity, finding.Step));
        Assert.True(finding.Value > finding.Threshold);
    }

    [Fact]
    public void NormAndLossThatJump_AreAWarning()
    {
        var findings = Observe(300, Losses.Noisy(i => i == 200 ? 60 : 1, 0.3, 1), Losses.Noisy(i => i is > 200 and < 204 ? 40 : 1, 0.2, 2));

        Assert.Equal([(FindingSeverity.Info, 200L), (FindingSeverity.Warning, 201L)], findings.Select(finding => (finding.Severity, finding.Step)));
        Assert.Contains("jumped together", findings[1].Message);
    }

    [Fact]
    public void NextSpike_IsToldAgain() =>
        Assert.Equal(
            [100, 300], Observe(400, i => i is 100 or 300 ? 500 : 1 + (0.1 * Math.Sin(i)), _ => 1).Select(finding => finding.Step));

    private static List<Finding> Observe(int count, Func<int, double?> norm, Func<int, double> loss) => Observe(count, norm, i => (double?)loss(i));

    private static List<Finding> Observe(int count, Func<int, double> norm, Func<int, double> loss) =>
        Observe(count, i => (double?)norm(i), i => (double?)loss(i));

    private static List<Finding> Observe(int count, Func<int, double?> norm, Func<int, double?> loss) =>
        new SpikeDetector().Findings(Some.Run(), Sequence.Steps(count, i => Some.Step(
            i, loss(i), [new("w", norm(i) is { } value ? Some.Uniform(value, nonFinite: double.IsNaN(value) ? 1 : 0) : null)])));
}
