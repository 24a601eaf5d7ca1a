namespace StabilityAnalyzers.RunLog.Tests;

public class OscillationDetectorTests
{
    [Fact]
    public void Noise_IsNothing()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            Assert.Empty(Observe(1000, Losses.Noisy(_ => 1, 0.6, seed)));
            Assert.Empty(Observe(1000, Losses.Noisy(Sequence.Falling, 0.6, seed)));
        }
    }

    [Fact]
    public void SmallSwings_AreNothing() => Assert.Empty(Observe(300, i => i % 2 == 0 ? 1 : 1.05));

    [Fact]
    public void Waves_AreNothing() => Assert.Empty(Observe(600, i => 1 + (0.5 * Math.Sin(i / 8.0))));

    [Fact]
    public void SingleSwings_AreNothing() => Assert.Empty(Observe(300, i => i % 60 < 6 && i % 2 == 0 ? 3 : 1));

    [Fact]
    public void ZeroNegativeMissingOrNaN_AreNothing()
    {
        Assert.Empty(Observe(300, _ => 0));
        Assert.Empty(Observe(300, i => i % 2 == 0 ? null : 1));
        Assert.Empty(Observe(300, i => i % 20 == 0 ? double.NaN : i % 2));
    }

    [Fact]
    public void LossThatGoesUpAndDownAndFalls_IsInfo()
    {
        var finding = Assert.Single(Observe(200, i => Sequence.Falling(i) * (i % 2 == 0 ? 1.4 : 0.6)));

        Assert.Equal(("STAB9012", FindingSeverity.Info), (finding.RuleId, finding.Severity));
        Assert.True(finding.Value < -0.6);
    }

    [Fact]
    public void LossThatGoesUpAndDownAndStays_IsAWarning()
    {
        var finding = Observe(200, Losses.Noisy(i => i % 2 == 0 ? 1.4 : 0.6, 0.1, 1))[^1];

        Assert.Equal(FindingSeverity.Warning, finding.Severity);
        Assert.Contains("the loss does not fall", finding.Message);
    }

    private static List<Finding> Observe(int count, Func<int, double?> loss) => Losses.Findings(new OscillationDetector(), count, loss);
}
