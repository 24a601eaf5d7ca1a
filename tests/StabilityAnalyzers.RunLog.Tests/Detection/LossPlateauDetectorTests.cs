namespace StabilityAnalyzers.RunLog.Tests;

public class LossPlateauDetectorTests
{
    [Fact]
    public void HealthyNoise_IsNothing()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            Assert.Empty(Observe(1000, Losses.Noisy(Sequence.Falling, 0.4, seed)));
        }
    }

    [Fact]
    public void LossThatHasArrived_IsNothing() => Assert.Empty(Observe(2000, i => i < 100 ? 2 - (i * 0.01) : 1));

    [Fact]
    public void LossThatFallsSlowlyButSurely_IsNothing() =>
        Assert.Empty(Observe(2000, Losses.Noisy(i => 10.8 - (0.0005 * i), 0.001, 1)));

    [Fact]
    public void WarmUp_IsNothing() =>
        Assert.Empty(Observe(1000, Losses.Noisy(i => i < 40 ? 2.3 - (i * 0.001) : 0.3 + (2 * Math.Exp(-(i - 40) / 60.0)), 0.05, 3)));

    [Fact]
    public void ScheduleThatLowersTheLearningRate_IsNothing() =>
        Assert.Empty(Observe(3000, Losses.Noisy(i => 0.4 + (2 * Math.Exp(-i / 100.0)), 0.1, 4)));

    [Fact]
    public void LossOfZero_IsNothing() => Assert.Empty(Observe(500, _ => 0));

    [Fact]
    public void NegativeLossThatFalls_IsNothing() => Assert.Empty(Observe(500, i => -1 - (0.05 * i)));

    [Fact]
    public void MissingLoss_IsNothing() => Assert.Empty(Observe(500, _ => null));

    [Fact]
    public void NoiseAboutChance_IsInfoAndNoMore()
    {
        var finding = Assert.Single(Observe(1000, Losses.Noisy(_ => 2.3, 0.05, 1)));

        Assert.Equal(("STAB9010", FindingSeverity.Info), (finding.RuleId, finding.Severity));
        Assert.InRange(finding.Step, 99, 300);
    }

    [Fact]
    public void ConstantLoss_IsAWarning()
    {
        var finding = Assert.Single(Observe(1000, i => 1.386294 + (1e-7 * (i % 3))));

        Assert.Equal((FindingSeverity.Warning, 19L), (finding.Severity, finding.Step));
        Assert.Contains("The loss is constant: 1.39", finding.Message);
    }

    private static List<Finding> Observe(int count, Func<int, double?> loss) => Losses.Findings(new LossPlateauDetector(), count, loss);
}
