namespace StabilityAnalyzers.RunLog.Tests;

public class SaturationDetectorTests
{
    [Fact]
    public void HalfOfTheUnits_AreNothing() => Assert.Empty(Observe(100, i => Unit(i, 32)));

    [Fact]
    public void OutputOfTheModel_IsNothing() => Assert.Empty(Observe(100, i => Unit(i, 64, layer: "head")));

    [Fact]
    public void UnknownPlace_IsNothing()
    {
        Assert.Empty(Observe(100, i => Unit(i, 64, layer: null)));
        Assert.Empty(Observe(100, i => Unit(i, 64) with { Layers = [] }));
    }

    [Fact]
    public void FewSamplesOrUnitsOrUnknown_AreNothing()
    {
        Assert.Empty(Observe(100, i => Unit(i, 64, samples: 50)));
        Assert.Empty(Observe(100, i => Unit(i, 4, units: 4)));
        Assert.Empty(Observe(100, i => Unit(i, null)));
    }

    [Fact]
    public void HiddenUnits_AreInfoAndWarningIfTheLossStays()
    {
        var info = Assert.Single(Observe(100, i => Unit(i, 50)));
        var warning = Observe(200, i => Unit(i, 50) with { Loss = Sequence.Flat(i) })[^1];

        Assert.Equal(("STAB9014", FindingSeverity.Info, "act", 1), (info.RuleId, info.Severity, info.Layer, info.Step));
        Assert.Equal(FindingSeverity.Warning, warning.Severity);
    }

    private static StepRecord Unit(int i, long? saturated, long units = 64, long samples = 128, string? layer = "first") =>
        Sequence.Step(i, 1, loss: Sequence.Falling(i)) with { Activations = [new("act", "Sigmoid", layer, units, samples, null, saturated)] };

    private static List<Finding> Observe(int count, Func<int, StepRecord> step) =>
        new SaturationDetector().Findings(Sequence.Square, Sequence.Steps(count, step));
}
