namespace StabilityAnalyzers.RunLog.Tests;

public class RecurrentDecayDetectorTests
{
    [Fact]
    public void GradientThatReachesTheBeginning_IsNothing() => Assert.Empty(Observe(50, i => Step(i, 0.01)));

    [Fact]
    public void ShortSequences_AreNothing() => Assert.Empty(Observe(50, i => Step(i, 1e-9, calls: 7)));

    [Fact]
    public void LayerThatIsNoCell_IsNothing() => Assert.Empty(Observe(50, i => Step(i, 1e-9), "Linear"));

    [Fact]
    public void NowAndThen_IsNothing() => Assert.Empty(Observe(50, i => Step(i, i % 5 == 0 ? 1e-9 : 1)));

    [Fact]
    public void UnknownZeroOrNonFiniteSignals_AreNothing()
    {
        Assert.Empty(Observe(50, i => Step(i, 1e-9) with { Layers = [new("cell", Some.Uniform(1e-9), 30)] }));
        Assert.Empty(Observe(50, i => Step(i, 0, last: 0)));
        Assert.Empty(Observe(50, i => Step(i, 1e-9) with { Layers = [new("cell", Some.Uniform(1, nonFinite: 1), 30, null, Some.Uniform(1))] }));
    }

    [Fact]
    public void GradientThatFades_IsInfoAndWarningIfTheLossStays()
    {
        var info = Assert.Single(Observe(50, i => Step(i, 1e-6, loss: Sequence.Falling(i))));
        var warning = Observe(200, i => Step(i, 1e-6, loss: Sequence.Flat(i)))[^1];

        Assert.Equal(("STAB9021", FindingSeverity.Info, "cell", 1e-6), (info.RuleId, info.Severity, info.Layer, Math.Round(info.Value, 12)));
        Assert.Equal(FindingSeverity.Warning, warning.Severity);
    }

    private static StepRecord Step(int i, double first, double last = 1, int calls = 30, double? loss = null) =>
        Some.Step(i, loss, layers: [new("cell", Some.Uniform(first), calls, null, Some.Uniform(last))]);

    private static List<Finding> Observe(int count, Func<int, StepRecord> step, string kind = "RNNCell") =>
        new RecurrentDecayDetector().Findings(Some.Run(new LayerInfo("cell", kind)), Sequence.Steps(count, step));
}
