namespace StabilityAnalyzers.RunLog.Tests;

public class OverfitDetectorTests
{
    [Fact]
    public void GapWhileTheValidationLossFalls_IsNothing() => Assert.Empty(Observe(50, e => 1.0 / (e + 1), e => 0.5 + (1.0 / (e + 1))));

    [Fact]
    public void ValidationBelowTraining_IsNothing() => Assert.Empty(Observe(50, _ => 1, _ => 0.8));

    [Fact]
    public void OneBadValidation_IsNothing() => Assert.Empty(Observe(50, e => 1.0 / (e + 1), e => (1.0 / (e + 1)) + (e % 10 == 0 ? 1 : 0)));

    [Fact]
    public void NoiseOfALossNearZero_IsNothing() =>
        Assert.Empty(Observe(60, e => e == 0 ? 2 : 0.009, e => e == 0 ? 2 : e < 10 ? 0.012 : 0.018));

    [Fact]
    public void ValidationThatVariesWithTheTraining_IsNoWarning()
    {
        // New data in every step: nothing can be learnt by heart.
        for (var seed = 0; seed < 20; seed++)
        {
            var validation = Losses.Noisy(_ => 1.3, 0.06, seed);
            Assert.DoesNotContain(
                Observe(60, Losses.Noisy(_ => 1, 0.05, 100 + seed), e => validation(e)),
                finding => finding.Severity == FindingSeverity.Warning);
        }
    }

    [Fact]
    public void NoValidation_IsNothing() => Assert.Empty(Observe(50, _ => 1, _ => null));

    [Fact]
    public void NoTrainingLossNaNOrNegative_IsNothing()
    {
        Assert.Empty(Observe(50, _ => null, e => 1 + e));
        Assert.Empty(Observe(50, _ => 1, _ => double.NaN));
        Assert.Empty(Observe(50, e => -10 - e, e => -1 + (0.1 * e)));
    }

    [Fact]
    public void GapWithoutAnImprovement_IsInfoAndThenWarning()
    {
        var findings = Observe(60, e => 1.0 / (e + 1), e => e < 10 ? 1 - (e * 0.05) : 0.55 + (0.004 * (e - 10)));

        Assert.Equal([FindingSeverity.Info, FindingSeverity.Warning], findings.Select(finding => finding.Severity));
        Assert.All(findings, finding => Assert.Equal(("STAB9020", 0.1), (finding.RuleId, finding.Threshold)));
    }

    /// <summary>Epochs of ten steps.</summary>
    private static List<Finding> Observe(int epochs, Func<int, double?> training, Func<int, double?> validation) =>
        new OverfitDetector().Findings(Some.Run(), Sequence.Steps(10 * epochs, i => Some.Step(i, training(i / 10)) with
        {
            ValidationLoss = i % 10 == 9 ? validation(i / 10) : null,
        }));
}
