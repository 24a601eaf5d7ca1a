namespace StabilityAnalyzers.RunLog.Tests;

public class ConstantPredictionDetectorTests
{
    [Fact]
    public void OutputsThatDiffer_AreNothing() => Assert.Empty(Observe(300, i => Step(i, 0.01, Sequence.Flat(i))));

    [Fact]
    public void LastLayerThatBeginsAtZero_IsNothing() =>
        Assert.Empty(Observe(300, i => Step(i, i == 0 ? null : i < 18 ? 1e-4 : 0.3, Sequence.Falling(i))));

    [Fact]
    public void SingleBatches_AreNothing() => Assert.Empty(Observe(300, i => Step(i, i % 4 == 0 ? 0 : 0.5, Sequence.Flat(i))));

    [Fact]
    public void UnknownSpreadMissingLossAndNaN_AreNothing()
    {
        Assert.Empty(Observe(300, i => Step(i, null, null)));
        Assert.Empty(Observe(300, i => Step(i, double.NaN, double.NaN)));
    }

    [Fact]
    public void LossThatPassesThePrior_IsNothing() =>
        Assert.Empty(Observe(300, i => Step(i, 0.5, Sequence.Falling(i)), new ConstantPredictionOptions { PriorEntropy = 0.5 }));

    [Fact]
    public void ConstantOutput_IsInfoAndWarningIfTheLossStays()
    {
        var info = Assert.Single(Observe(300, i => Step(i, 1e-5, Sequence.Falling(i))));
        var warning = Observe(300, i => Step(i, 1e-5, Sequence.Flat(i)))[^1];

        Assert.Equal(("STAB9018", FindingSeverity.Info, 1e-5, 1e-3), (info.RuleId, info.Severity, info.Value, info.Threshold));
        Assert.Equal(FindingSeverity.Warning, warning.Severity);
    }

    [Fact]
    public void LossOfThePrior_IsInfo() =>
        Assert.Contains(
            "entropy of the classes' shares",
            Assert.Single(Observe(300, i => Step(i, 0.5, Sequence.Flat(i)), new ConstantPredictionOptions { PriorEntropy = 1.386 })).Message);

    private static StepRecord Step(int i, double? spread, double? loss) => Some.Step(i, loss) with { OutputSpread = spread };

    private static List<Finding> Observe(int count, Func<int, StepRecord> step, ConstantPredictionOptions? options = null) =>
        new ConstantPredictionDetector(options ?? new()).Findings(Some.Run(), Sequence.Steps(count, step));
}
