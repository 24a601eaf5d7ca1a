namespace StabilityAnalyzers.RunLog.Tests;

public class DeadUnitsDetectorTests
{
    [Fact]
    public void HalfOfTheUnits_AreNothing() => Assert.Empty(Observe(100, i => Unit(i, 32)));

    [Fact]
    public void FewSamples_AreNothing() => Assert.Empty(Observe(100, i => Unit(i, 64, samples: 99)));

    [Fact]
    public void FewUnits_AreNothing() => Assert.Empty(Observe(100, i => Unit(i, 7, units: 7)));

    [Fact]
    public void UnknownOrMissing_IsNothing()
    {
        Assert.Empty(Observe(100, i => Unit(i, null)));
        Assert.Empty(Observe(100, i => Sequence.Step(i, 1)));
    }

    [Fact]
    public void OneRecord_IsNothing() => Assert.Empty(Observe(100, i => Unit(i, i % 2 == 0 ? 60 : 10)));

    [Fact]
    public void MostUnits_AreInfo()
    {
        var finding = Assert.Single(Observe(100, i => Unit(i, 40)));

        Assert.Equal(("STAB9013", FindingSeverity.Info, "act", 1, 40 / 64.0, 0.5),
            (finding.RuleId, finding.Severity, finding.Layer, finding.Step, finding.Value, finding.Threshold));
    }

    [Fact]
    public void AlmostAllUnits_AreAWarning() => Assert.Equal(FindingSeverity.Warning, Assert.Single(Observe(100, i => Unit(i, 60))).Severity);

    [Fact]
    public void MostUnitsWhileTheLossStays_AreAWarning() =>
        Assert.Equal(FindingSeverity.Warning, Observe(200, i => Unit(i, 40) with { Loss = Sequence.Flat(i) })[^1].Severity);

    [Fact]
    public void UnitsThatComeBackAndDieAgain_AreToldAgain() =>
        Assert.Equal([1, 61], Observe(100, i => Unit(i, i is >= 30 and < 60 ? 1 : 40)).Select(finding => finding.Step));

    private static StepRecord Unit(int i, long? dead, long units = 64, long samples = 128) =>
        Some.Step(i, Sequence.Falling(i)) with { Activations = [new("act", "ReLU", "fc", units, samples, dead)] };

    private static List<Finding> Observe(int count, Func<int, StepRecord> step) =>
        new DeadUnitsDetector().Findings(Some.Run(), Sequence.Steps(count, step));
}
