namespace StabilityAnalyzers.RunLog.Tests;

public class DivergenceDetectorTests
{
    [Fact]
    public void HealthyNoise_IsNothing()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            Assert.Empty(Observe(1000, Losses.Noisy(Sequence.Falling, 0.5, seed)));
        }
    }

    [Fact]
    public void NoiseNearZero_IsNothing() =>
        Assert.Empty(Observe(1000, i => i < 100 ? 2 * Math.Exp(-i / 10.0) : i / 50 % 2 == 0 ? 1e-4 : 0.05));

    [Fact]
    public void RiseOfAWarmUp_IsNothing() => Assert.Empty(Observe(300, i => i < 10 ? 2.3 + (0.05 * i) : 0.2 + (2.6 * Math.Exp(-(i - 10) / 50.0))));

    [Fact]
    public void OneSpike_IsNothing() => Assert.Empty(Observe(300, i => i == 200 ? 100 : 1));

    [Fact]
    public void NegativeOrMissingLoss_IsNothing()
    {
        Assert.Empty(Observe(300, i => -5 + (0.01 * i)));
        Assert.Empty(Observe(300, i => i % 2 == 0 ? null : double.NaN));
    }

    [Fact]
    public void LossThatRisesAgain_IsInfo()
    {
        var finding = Assert.Single(Observe(300, i => i < 100 ? Sequence.Falling(i) : Math.Min(0.6, 0.06 + (0.01 * (i - 100)))));

        Assert.Equal(("STAB9011", FindingSeverity.Info), (finding.RuleId, finding.Severity));
        Assert.InRange(finding.Step, 105, 170);
    }

    [Fact]
    public void LossAboveItsBeginning_IsAWarning()
    {
        var findings = Observe(300, Losses.Noisy(i => i < 100 ? Sequence.Falling(i) : 0.06 * Math.Exp((i - 100) / 15.0), 0.1, 1));

        Assert.Equal([FindingSeverity.Info, FindingSeverity.Warning], findings.Select(finding => finding.Severity));
        Assert.True(findings[1].Value > 2);
        Assert.Contains("at the beginning", findings[1].Message);
    }

    private static List<Finding> Observe(int count, Func<int, double?> loss) => Losses.Findings(new DivergenceDetector(), count, loss);
}
