namespace StabilityAnalyzers.RunLog.Tests;

public class InitialLossDetectorTests
{
    [Fact]
    public void LossOfAModelThatKnowsNothing_IsNothing() => Assert.Empty(Observe(InitialLossOptions.CrossEntropy(10), 2.4, 2.3));

    [Fact]
    public void ModelThatWasTrainedBefore_IsNothing() => Assert.Empty(Observe(InitialLossOptions.CrossEntropy(10), 0.01, 0.01));

    [Fact]
    public void UnknownLoss_IsNothing() => Assert.Empty(Observe(new InitialLossOptions(), 1e9));

    [Fact]
    public void LaterLoss_IsNothing() => Assert.Empty(Observe(InitialLossOptions.BinaryCrossEntropy(), 0.7, 50, 50));

    [Fact]
    public void MissingOrNonFiniteFirstLoss_IsNothing() =>
        Assert.Empty(Observe(InitialLossOptions.BinaryCrossEntropy(), null, 50).Concat(Observe(InitialLossOptions.BinaryCrossEntropy(), double.NaN, 50)));

    [Fact]
    public void FirstLossFarAbove_IsInfo()
    {
        var finding = Assert.Single(Observe(InitialLossOptions.CrossEntropy(10), 30, 20, 10));

        Assert.Equal(("STAB9017", FindingSeverity.Info, 0, 30), (finding.RuleId, finding.Severity, finding.Step, finding.Value));
        Assert.Equal(2 * Math.Log(10), finding.Threshold, 1e-12);
    }

    [Fact]
    public void SquaredError_IsHeldAgainstTheVarianceOfTheTargets()
    {
        Assert.Empty(Observe(InitialLossOptions.MeanSquaredError(400), 500));
        Assert.Single(Observe(InitialLossOptions.MeanSquaredError(4), 500));
    }

    [Fact]
    public void ImpossibleExpectations_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => InitialLossOptions.CrossEntropy(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => InitialLossOptions.MeanSquaredError(0));
        Assert.Throws<ArgumentException>(() => new InitialLossDetector(new InitialLossOptions { Expected = -1 }));
    }

    private static List<Finding> Observe(InitialLossOptions options, params double?[] losses) =>
        Losses.Findings(new InitialLossDetector(options), losses.Length, i => losses[i]);
}
