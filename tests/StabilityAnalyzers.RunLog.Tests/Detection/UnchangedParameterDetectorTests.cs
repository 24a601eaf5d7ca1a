namespace StabilityAnalyzers.RunLog.Tests;

public class UnchangedParameterDetectorTests
{
    [Fact]
    public void TinyChanges_AreNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 1e-12)));

    [Fact]
    public void StepsThatChangeNothing_AreNothing() => Assert.Empty(Observe(100, i =>
    {
        var step = Updates.Step(i, 0);
        return step with { Parameters = [.. step.Parameters.Select(parameter => parameter with { Update = Some.Uniform(0) })] };
    }));

    [Fact]
    public void ParameterThatASecondOptimizerChanges_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 0, norm: 1 + (i * 1e-6))));

    [Fact]
    public void FrozenOrWithoutAGradient_IsNothing()
    {
        Assert.Empty(Observe(100, i => Updates.Step(i, 0, requiresGrad: false)));
        Assert.Empty(Observe(100, i => Updates.Step(i, 0, gradient: 0)));
    }

    [Fact]
    public void BiasBeforeANorm_WhoseGradientIsRounding_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 0, gradient: 1e-9)));

    [Fact]
    public void LearningRateSoLowThatWeightsLoseIt_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, 0, other: 1e-9)));

    [Fact]
    public void NowAndThen_IsNothing() => Assert.Empty(Observe(100, i => Updates.Step(i, i % 4 == 0 ? 1e-3 : 0)));

    [Fact]
    public void StepsWithoutUpdates_AreSkipped()
    {
        var finding = Assert.Single(Observe(100, i => i % 10 == 0 ? Updates.Step(i, 0) : Sequence.Step(i, 1)));

        Assert.Equal(40, finding.Step);
    }

    [Fact]
    public void ParameterThatIsNeverChanged_IsAWarningOnce()
    {
        var finding = Assert.Single(Observe(100, i => Updates.Step(i, 0)));

        Assert.Equal(("STAB9008", FindingSeverity.Warning, "first.weight", 4), (finding.RuleId, finding.Severity, finding.Layer, finding.Step));
        Assert.Contains("STAB3006", finding.Remedy);
    }

    private static List<Finding> Observe(int count, Func<int, StepRecord> step) =>
        new UnchangedParameterDetector().Findings(Some.Run(), Sequence.Steps(count, step));
}
