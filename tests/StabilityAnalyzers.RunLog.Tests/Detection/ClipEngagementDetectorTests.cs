namespace StabilityAnalyzers.RunLog.Tests;

public class ClipEngagementDetectorTests
{
    [Fact]
    public void WithoutANorm_IsNothing() => Assert.Empty(Observe(new ClipEngagementOptions(), 500, _ => 1e9));

    [Fact]
    public void NowAndThen_IsNothing() => Assert.Empty(Observe(500, i => i % 3 == 0 ? 20 : 0.5));

    [Fact]
    public void BeginningThatIsClipped_IsNothing() => Assert.Empty(Observe(500, i => i < 40 ? 50 : 0.5));

    [Fact]
    public void MissingOrNonFiniteGradients_AreNothing() =>
        Assert.Empty(Observe(500, i => i % 2 == 0 ? null : double.NaN));

    [Fact]
    public void MostSteps_AreInfo()
    {
        var finding = Assert.Single(Observe(500, _ => 2));

        Assert.Equal(("STAB9019", FindingSeverity.Info, 1, 0.5), (finding.RuleId, finding.Severity, finding.Value, finding.Threshold));
        Assert.Contains("left 0.5 of it", finding.Message);
    }

    [Fact]
    public void AllStepsByALot_AreAWarning() => Assert.Equal(FindingSeverity.Warning, Assert.Single(Observe(500, _ => 30)).Severity);

    private static List<Finding> Observe(int count, Func<int, double?> norm) => Observe(new ClipEngagementOptions { MaxNorm = 1 }, count, norm);

    private static List<Finding> Observe(ClipEngagementOptions options, int count, Func<int, double?> norm) =>
        new ClipEngagementDetector(options).Findings(Some.Run(), Sequence.Steps(count, i => Some.Step(i, 1, [
            new("w", norm(i) is { } value ? Some.Uniform(value / 8, nonFinite: double.IsNaN(value) ? 1 : 0) : null)])));
}
