namespace StabilityAnalyzers.RunLog.Tests;

public class ExplodingDetectorTests
{
    [Fact]
    public void ProfileThatExplodesWhileTheLossStays_IsInfoAndThenWarning()
    {
        var findings = new ExplodingDetector().Findings(
            Sequence.Square, Sequence.Steps(200, i => Sequence.Step(i, 500, loss: Sequence.Flat(i))));

        Assert.Equal([FindingSeverity.Info, FindingSeverity.Warning], findings.Select(finding => finding.Severity));
        Assert.Equal([20.0, 70], findings.Select(finding => finding.Threshold));
        Assert.Equal(("STAB9002", "first", 500), (findings[1].RuleId, findings[1].Layer, Math.Round(findings[1].Value)));
        Assert.Contains("the loss does not fall", findings[1].Message);
    }

    [Fact]
    public void LossThatIsNotFinite_IsAnEffect()
    {
        var findings = new ExplodingDetector().Findings(
            Sequence.Square, Sequence.Steps(10, i => Sequence.Step(i, 500, loss: i < 6 ? 1 : double.NaN)));

        Assert.Equal([2, 6], findings.Select(finding => finding.Step));
        Assert.Contains("the loss diverges", findings[1].Message);
    }

    [Fact]
    public void LayerInTheMiddle_IsNamed()
    {
        var run = Some.Run(new("first", "Linear", 1, 1), new("middle", "Linear", 1, 1), new("head", "Linear", 1, 1));

        var finding = Assert.Single(new ExplodingDetector().Findings(run, Sequence.Steps(10, i =>
        {
            var step = Sequence.Step(i, 0.5);
            return step with { Layers = [step.Layers[0], new("middle", Some.Uniform(40)), step.Layers[1]] };
        })));

        Assert.Equal(("middle", FindingSeverity.Info), (finding.Layer, finding.Severity));
    }

    [Fact]
    public void UnknownGeometry_IsAllowedFor()
    {
        var detector = new ExplodingDetector();

        Assert.Empty(detector.Findings(Sequence.Unpredicted, Sequence.Steps(20, i => Sequence.Step(i, 1900))));
        var finding = Assert.Single(detector.Findings(Sequence.Unpredicted, Sequence.Steps(20, i => Sequence.Step(20 + i, 2100))));
        Assert.Equal(2000, finding.Threshold);
    }

    [Fact]
    public void NormThatDoublesWhileTheLossDiverges_IsAWarning()
    {
        var findings = new ExplodingDetector().Findings(
            Sequence.Square,
            Sequence.Steps(60, i => Sequence.Step(
                i,
                0.6,
                loss: i < 20 ? Sequence.Falling(i) : Math.Exp((i - 20) / 8.0),
                gradient: i < 20 ? 1 : Math.Pow(2.2, (i - 20) / 5.0))));

        var finding = Assert.Single(findings);
        Assert.Equal((FindingSeverity.Warning, "head.weight", 8), (finding.Severity, finding.Layer, finding.Threshold));
        Assert.InRange(finding.Value, 8, 12);
        Assert.InRange(finding.Step, 30, 45);
    }

    [Fact]
    public void NormThatDoublesFromNothing_IsNoGrowth() =>
        Assert.Empty(new ExplodingDetector().Findings(
            Sequence.Square,
            Sequence.Steps(20, i => Sequence.Step(i, 0.6, loss: 1 + (i * i), gradient: i < 5 ? 0 : Math.Pow(2.2, i / 5.0)))));

    [Fact]
    public void LossThatIsMissing_IsSaid() =>
        Assert.Contains(
            "no loss was recorded",
            Assert.Single(new ExplodingDetector().Findings(Sequence.Square, Sequence.Steps(40, i => Sequence.Step(i, 500)))).Message);

    [Fact]
    public void FaultThatHadGone_IsReportedAgain()
    {
        var findings = new ExplodingDetector().Findings(
            Sequence.Square, Sequence.Steps(300, i => Sequence.Step(i, i / 100 == 1 ? 0.5 : 30)));

        Assert.Equal([2, 202], findings.Select(finding => finding.Step));
    }
}
