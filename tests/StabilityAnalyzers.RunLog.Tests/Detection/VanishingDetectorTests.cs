namespace StabilityAnalyzers.RunLog.Tests;

public class VanishingDetectorTests
{
    [Fact]
    public void GradientThatVanishesWhileTheLossStays_IsInfoAndThenWarning()
    {
        var findings = new VanishingDetector().Findings(
            Sequence.Square, Sequence.Steps(200, i => Sequence.Step(i, 4e-9, loss: Sequence.Flat(i))));

        Assert.Equal([FindingSeverity.Info, FindingSeverity.Warning], findings.Select(finding => finding.Severity));
        Assert.All(findings, finding =>
        {
            Assert.Equal(("STAB9001", "first"), (finding.RuleId, finding.Layer));
            Assert.Equal(4e-9, finding.Value, 1e-15);
            Assert.NotNull(finding.Remedy);
        });
        Assert.Equal((2, 0.05), (findings[0].Step, findings[0].Threshold));
        Assert.Equal((100, 1e-3), (findings[1].Step, findings[1].Threshold));
        Assert.Equal(
            "The gradient vanishes: the error signal at 'first' is 4E-09 of that at 'head', predicted 1 "
            + "(4E-09 without the geometry), and the loss does not fall.",
            findings[1].Message);
    }

    [Fact]
    public void FactorThatWandersAboutTheThreshold_IsOneFinding()
    {
        var wandering = Sequence.Steps(400, i => Sequence.Step(i, (i / 20) % 2 == 0 ? 0.03 : 0.1));

        Assert.Single(new VanishingDetector().Findings(Sequence.Square, wandering));
    }

    [Fact]
    public void FaultThatComesBack_IsToldAgain()
    {
        var twice = Sequence.Steps(60, i => Sequence.Step(i, (i / 20) % 2 == 0 ? 0.03 : 0.5));

        Assert.Equal(2, new VanishingDetector().Findings(Sequence.Square, twice).Count());
    }

    [Fact]
    public void Geometry_IsDividedOut()
    {
        var run = Some.Run(new("first", "Linear", 0.0085, 0.577), new("head", "Linear", 1, 1));

        var finding = Assert.Single(new VanishingDetector().Findings(run, Sequence.Steps(10, i => Sequence.Step(i, 0.0085 * 0.05))));

        Assert.Equal(0.577 * 0.05, finding.Value, 1e-12);
    }

    [Fact]
    public void ZeroAtTheFirstLayer_Vanishes()
    {
        var findings = new VanishingDetector().Findings(
            Sequence.Square, Sequence.Steps(200, i => Sequence.Step(i, 0, loss: Sequence.Flat(i))));

        Assert.Equal(FindingSeverity.Warning, findings[^1].Severity);
        Assert.Equal(0, findings[^1].Value);
    }

    [Fact]
    public void UnknownGeometry_IsAllowedForAndSaid()
    {
        var detector = new VanishingDetector();
        var above = Sequence.Steps(200, i => Sequence.Step(i, 2e-5, loss: Sequence.Flat(i)));
        var below = Sequence.Steps(200, i => Sequence.Step(40 + i, 5e-6, loss: Sequence.Flat(i)));

        Assert.Equal(FindingSeverity.Info, Assert.Single(detector.Findings(Sequence.Unpredicted, above)).Severity);
        var warning = Assert.Single(detector.Findings(Sequence.Unpredicted, below));
        Assert.Equal(FindingSeverity.Warning, warning.Severity);
        Assert.Equal(1e-5, warning.Threshold, 1e-12);
        Assert.Contains("the geometry is not known and was allowed for", warning.Message);
    }

    [Fact]
    public void LossThatIsMissing_IsSaid()
    {
        var finding = Assert.Single(new VanishingDetector().Findings(Sequence.Square, Sequence.Steps(40, i => Sequence.Step(i, 1e-8))));

        Assert.Equal(FindingSeverity.Info, finding.Severity);
        Assert.Contains("no loss was recorded", finding.Message);
    }

    [Fact]
    public void HalfOfTheLastFiveSamples_IsEnough()
    {
        var finding = Assert.Single(new VanishingDetector().Findings(
            Sequence.Square, Sequence.Steps(40, i => Sequence.Step(i, i % 5 < 3 ? 0.01 : 0.5))));

        Assert.Equal(2, finding.Step);
    }

    [Fact]
    public void FaultThatHadGone_IsReportedAgain()
    {
        var findings = new VanishingDetector().Findings(
            Sequence.Square, Sequence.Steps(300, i => Sequence.Step(i, i / 100 == 1 ? 0.5 : 0.01)));

        Assert.Equal([2, 202], findings.Select(finding => finding.Step));
    }

    [Fact]
    public void RatioThatWaversAroundTheThreshold_IsReportedOnce()
    {
        Assert.Single(new VanishingDetector().Findings(
            Sequence.Square, Sequence.Steps(300, i => Sequence.Step(i, i % 4 < 2 ? 0.049 : 0.051))));
    }

    [Fact]
    public void FirstLayerThatIsNotSeen_TheNextOneCounts()
    {
        var run = Some.Run(new("frozen", "Linear", 1, 1), new("first", "Linear", 1, 1), new("head", "Linear", 1, 1));

        var finding = Assert.Single(new VanishingDetector().Findings(run, Sequence.Steps(10, i =>
        {
            var step = Sequence.Step(i, 0.01);
            return step with { Layers = [new("frozen", null), .. step.Layers] };
        })));

        Assert.Equal("first", finding.Layer);
    }

    [Fact]
    public void RecurringFallOfTheLoss_IsNoEffect()
    {
        // Falls by 6 % in each window: slow, and yet it falls.
        Assert.DoesNotContain(
            new VanishingDetector().Findings(
                Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 1e-8, loss: 2 * Math.Pow(0.94, i / 5)))),
            finding => finding.Severity == FindingSeverity.Warning);
    }

    [Fact]
    public void NegativeLossThatFalls_IsNoEffect() =>
        Assert.DoesNotContain(
            new VanishingDetector().Findings(Sequence.Square, Sequence.Steps(100, i => Sequence.Step(i, 1e-8, loss: -1 - (0.1 * i)))),
            finding => finding.Severity == FindingSeverity.Warning);

    [Fact]
    public void Thresholds_AreOptions()
    {
        var detector = new VanishingDetector(new VanishingOptions { Info = 0.9, Window = 1 });

        Assert.Single(detector.Findings(Sequence.Square, [Sequence.Step(0, 0.8)]));
    }
}
