namespace StabilityAnalyzers.RunLog.Tests;

public class ClassicDetectorTests
{
    [Fact]
    public void WithinTheThresholds_IsNothing() =>
        Assert.Empty(Observe(100, i => Some.Uniform(i % 2 == 0 ? 1.1e-6 : 9.9)));

    [Fact]
    public void FewerThanTenRecords_AreNothing() => Assert.Empty(Observe(9, _ => Some.Uniform(1e-12)));

    [Fact]
    public void MissingGradients_AreNothing() => Assert.Empty(Observe(100, _ => null));

    [Fact]
    public void GradientsThatAreAllNaN_AreNotMistakenForSmallOnes() =>
        Assert.Empty(Observe(100, _ => Some.Uniform(0, count: 4, nonFinite: 4)));

    [Fact]
    public void OneSpikeBelowTheMean_IsNothing() => Assert.Empty(Observe(100, i => Some.Uniform(i == 50 ? 50 : 1)));

    [Fact]
    public void MeanBelowOneMillionth_Vanishes()
    {
        var finding = Assert.Single(Observe(100, _ => Some.Uniform(0.9e-6)));

        Assert.Equal(("STAB9001", "w", 9, 1e-6), (finding.RuleId, finding.Layer, finding.Step, finding.Threshold));
        Assert.Equal(0.9e-6, finding.Value, 1e-12);
    }

    [Fact]
    public void LargeNegativeGradients_Explode()
    {
        var finding = Assert.Single(Observe(100, _ => Some.Uniform(1) with { Min = -11, Max = 0.1, MaxAbs = 11 }));

        Assert.Equal(("STAB9002", 11, 10), (finding.RuleId, finding.Value, finding.Threshold));
        Assert.Contains("was 11 over the last 10 records, above 10", finding.Message);
    }

    [Fact]
    public void FaultThatHadGone_IsReportedAgain() =>
        Assert.Equal([9, 209], Observe(300, i => Some.Uniform(i / 100 == 1 ? 1 : 1e-9)).Select(finding => finding.Step));

    [Fact]
    public void Preset_HasTheTwoTestsAndTheOneForNonFiniteNumbers()
    {
        var set = DetectorSet.Classic();
        ParameterRecord[] parameters = [new("small", Some.Uniform(1e-9)), new("large", Some.Uniform(99))];
        var findings = Sequence.Steps(20, i => Some.Step(i, i == 15 ? double.NaN : 1, parameters))
            .SelectMany(step => set.Observe(Some.Run(), step));

        Assert.Equal(
            [("STAB9001", "small", 9L), ("STAB9002", "large", 9L), ("STAB9003", null, 15L)],
            findings.Select(finding => (finding.RuleId, finding.Layer, finding.Step)));
    }

    private static List<Finding> Observe(int count, Func<int, TensorStatistics?> gradient) =>
        new ClassicDetector().Findings(Some.Run(), Sequence.Steps(count, i => Some.Step(i, 1, [new("w", gradient(i))])));
}
