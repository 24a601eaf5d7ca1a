namespace StabilityAnalyzers.RunLog.Tests;

public class StalledLayerDetectorTests
{
    [Fact]
    public void HealthyUpdates_AreNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 1e-3)));

    [Fact]
    public void LearningRateThatIsLowForAll_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 1e-7, 1e-9, other: 1e-6)));

    [Fact]
    public void SmallGradientThatMovesTheWeight_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 1e-3, 1e-12)));

    [Fact]
    public void LargeGradientThatIsNotUsed_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 0, 1)));

    [Fact]
    public void FrozenWeight_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 0, 0, requiresGrad: false)));

    [Fact]
    public void RowsThatWereNotLookedUp_DoNotCount() =>
        Assert.Empty(Observe(100, i => With(i, gradient => gradient with { MeanAbs = 5e-8, ZeroCount = 63 })));

    [Fact]
    public void WithoutUpdatesOrNorms_IsNothing()
    {
        Assert.Empty(Observe(100, i => Without(Updates.Step(i, 0, 0), parameter => parameter with { Update = null })));
        Assert.Empty(Observe(100, i => Without(Updates.Step(i, 0, 0), parameter => parameter with { WeightNorm = null })));
        Assert.Empty(Observe(100, i => Updates.Step(i, 0, 0, norm: 0)));
    }

    [Fact]
    public void GradientThatIsNotFinite_IsNothing() => Assert.Empty(Observe(100, i => With(i, gradient => gradient with { NonFiniteCount = 1 })));

    [Fact]
    public void LayerThatStandsStill_IsInfoAndWarningIfTheLossStays()
    {
        var info = Assert.Single(Observe(100, i => Updates.Step(i, 1e-6, 1e-8, loss: Sequence.Falling(i))));
        var warning = Observe(200, i => Updates.Step(i, 1e-6, 1e-8, loss: Sequence.Flat(i)))[^1];

        Assert.Equal(("STAB9007", FindingSeverity.Info, "first.weight", 4), (info.RuleId, info.Severity, info.Layer, info.Step));
        Assert.Equal((1e-6, 1e-5), (Math.Round(info.Value, 12), info.Threshold));
        Assert.Equal(FindingSeverity.Warning, warning.Severity);
    }

    private static StepRecord With(int i, Func<TensorStatistics, TensorStatistics> gradient) =>
        Without(Updates.Step(i, 1e-6, 1e-8), parameter => parameter with { Gradient = gradient(parameter.Gradient!.Value) });

    private static StepRecord Without(StepRecord step, Func<ParameterRecord, ParameterRecord> first) =>
        step with { Parameters = [first(step.Parameters[0]), .. step.Parameters.Skip(1)] };

    private static List<Finding> Observe(int count, Func<int, StepRecord> step) =>
        new StalledLayerDetector().Findings(Some.Run(), Sequence.Steps(count, step));
}
