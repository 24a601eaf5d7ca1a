namespace StabilityAnalyzers.RunLog.Tests;

public class UpdateRatioDetectorTests
{
    [Theory]
    [InlineData(1.1e-4)]
    [InlineData(1e-3)]
    [InlineData(0.09)]
    public void UsualRatios_AreNothing(double ratio) => Assert.Empty(Observe(200, i => Updates.Step(i, ratio, loss: Sequence.Flat(i))));

    [Fact]
    public void ScheduleThatLowersTheLearningRate_IsNothing() => Assert.Empty(Observe(300, i =>
        Updates.Step(i, 1e-2 * Math.Exp(-i / 10.0), other: 1e-2 * Math.Exp(-i / 10.0), loss: Sequence.Flat(i))));

    [Fact]
    public void WarmUp_IsNothing() => Assert.Empty(Observe(300, i =>
    {
        var ratio = Math.Min(1e-3, 1e-7 * Math.Exp(i / 10.0));
        return Updates.Step(i, ratio, other: ratio, loss: i < 60 ? Sequence.Flat(i) : Sequence.Falling(i - 60));
    }));

    [Fact]
    public void WeightThatBeginsNearZero_IsNothing() => Assert.Empty(Observe(200, i =>
        Updates.Step(i, i < 20 ? 0.5 : 1e-3, norm: i < 20 ? 1e-3 * Math.Pow(1.4, i) : 1, loss: Sequence.Falling(i))));

    [Fact]
    public void Spikes_AreNothing() => Assert.Empty(Observe(200, i => Updates.Step(i, i % 5 == 0 ? 3 : 1e-3, loss: Sequence.Flat(i))));

    [Fact]
    public void Biases_AreNothing() => Assert.Empty(Observe(200, i => Some.Step(
        i, Sequence.Flat(i), [Updates.Parameter("a.bias", 5, 1, 1), Updates.Parameter("a.weight", 1e-3, 1, 1)])));

    [Fact]
    public void EmbeddingOfWhichFewRowsAreUsed_IsNothing() => Assert.Empty(Observe(200, i =>
    {
        var step = Updates.Step(i, 1e-6, loss: Sequence.Flat(i));
        return step with
        {
            Parameters = [step.Parameters[0] with { Gradient = Some.Uniform(1) with { ZeroCount = 60 } }, .. step.Parameters.Skip(1)],
        };
    }));

    [Fact]
    public void LowForAllWhileTheLossFalls_IsNothing() =>
        Assert.Empty(Observe(300, i => Updates.Step(i, 1e-6, other: 1e-6, loss: Sequence.Falling(i))));

    [Fact]
    public void LongSteps_AreInfoAndWarningIfTheLossStays()
    {
        var info = Assert.Single(Observe(200, i => Updates.Step(i, 0.3, loss: Sequence.Flat(i))));
        var warning = Observe(200, i => Updates.Step(i, 2, loss: Sequence.Flat(i)))[^1];

        Assert.Equal(("STAB9009", FindingSeverity.Info, "first.weight", 0.1), (info.RuleId, info.Severity, info.Layer, info.Threshold));
        Assert.Equal((FindingSeverity.Warning, 1.0), (warning.Severity, warning.Threshold));
    }

    [Fact]
    public void OneWeightThatHardlyChanges_IsInfoAndWarningIfTheLossStays()
    {
        Assert.Equal(FindingSeverity.Info, Assert.Single(Observe(100, i => Three(i, 1e-7, Sequence.Falling(i)))).Severity);
        Assert.Equal(FindingSeverity.Warning, Observe(200, i => Three(i, 1e-7, Sequence.Flat(i)))[^1].Severity);
    }

    [Fact]
    public void NothingThatEverMoves_IsInfo()
    {
        var finding = Assert.Single(Observe(300, i => Updates.Step(i, 1e-7, other: 1e-7, loss: Sequence.Flat(i))));

        Assert.Equal((FindingSeverity.Info, null), (finding.Severity, finding.Layer));
        Assert.Contains("too low", finding.Message);
    }

    private static StepRecord Three(int i, double ratio, double loss)
    {
        var step = Updates.Step(i, ratio, loss: loss);
        return step with { Parameters = [.. step.Parameters, Updates.Parameter("middle.weight", 1e-3, 1e-3, 1)] };
    }

    private static List<Finding> Observe(int count, Func<int, StepRecord> step) =>
        new UpdateRatioDetector().Findings(Some.Run(), Sequence.Steps(count, step));
}
