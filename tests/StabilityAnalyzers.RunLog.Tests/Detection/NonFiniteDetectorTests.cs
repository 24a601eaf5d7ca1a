namespace StabilityAnalyzers.RunLog.Tests;

public class NonFiniteDetectorTests
{
    private static readonly TensorStatistics Good = Some.Uniform(1);

    private static readonly TensorStatistics Bad = Some.Uniform(1, count: 64, nonFinite: 3);

    [Fact]
    public void ArisenInTheForwardPass_TheFirstLayerIsNamedAtOnce()
    {
        var finding = Assert.Single(Observe(Step(0, double.NaN, [Bad, Bad, Bad])));

        Assert.Equal(("STAB9003", FindingSeverity.Warning), (finding.RuleId, finding.Severity));
        Assert.Equal(("a", 0, 3, 0), (finding.Layer, finding.Step, finding.Value, finding.Threshold));
        Assert.Equal(
            "At step 0 the loss is NaN, 3 of 3 error signals hold NaN or infinity, 3 of 3 gradients hold NaN or infinity; "
            + "it arose in the forward pass, and 'a' is the first layer in forward order that shows it.",
            finding.Message);
    }

    [Fact]
    public void ArisenInTheBackwardPass_TheLayerThatItMetFirstIsNamed()
    {
        var finding = Assert.Single(Observe(Step(4, 1.5, [Bad, Bad, Good])));

        Assert.Equal("b", finding.Layer);
        Assert.Contains("it arose in the backward pass, which met it first at 'b'", finding.Message);
    }

    [Fact]
    public void WithoutALoss_TheLastLayerTellsWhereItArose()
    {
        Assert.Equal("a", Assert.Single(Observe(Step(0, null, [Bad, Bad, Bad]))).Layer);
        Assert.Equal("b", Assert.Single(Observe(Step(0, null, [Bad, Bad, Good]))).Layer);
    }

    [Fact]
    public void WeightsThatAreNotFinite_AreNamed()
    {
        var step = Step(0, double.PositiveInfinity, [Bad, Bad, Bad]);
        step = step with { Parameters = [step.Parameters[0], step.Parameters[1] with { WeightNorm = double.NaN }, step.Parameters[2]] };

        var finding = Assert.Single(Observe(step));
        Assert.Equal("b.weight", finding.Layer);
        Assert.Contains("the loss is infinite", finding.Message);
        Assert.Contains("the weights of 'b.weight' are not finite", finding.Message);
    }

    [Fact]
    public void OnlyGradients_TheParameterIsNamed()
    {
        var step = Step(0, 1, [Good, Good, Good]);
        step = step with { Parameters = [step.Parameters[0], new("b.weight", Bad), step.Parameters[2]] };

        Assert.Equal("b.weight", Assert.Single(Observe(step)).Layer);
    }

    [Fact]
    public void OnlyTheLoss_NoLayerIsNamed()
    {
        var finding = Assert.Single(Observe(Some.Step(3, double.NegativeInfinity)));

        Assert.Null(finding.Layer);
        Assert.Contains("no gradient was recorded that would say where", finding.Message);
    }

    [Fact]
    public void FaultThatStays_IsReportedOnce() =>
        Assert.Single(Observe([.. Sequence.Steps(100, i => Step(i, double.NaN, [Bad, Bad, Bad]))]));

    [Fact]
    public void FaultThatComesAndGoes_IsReportedOnce() =>
        Assert.Single(Observe([.. Sequence.Steps(100, i => Step(i, 1, [i % 3 == 0 ? Bad : Good, Good, Good]))]));

    [Fact]
    public void FaultThatHadGone_IsReportedAgain() =>
        Assert.Equal(
            [0, 50],
            Observe([.. Sequence.Steps(100, i => Step(i, 1, [i % 50 == 0 ? Bad : Good, Good, Good]))]).Select(finding => finding.Step));

    private static StepRecord Step(long step, double? loss, TensorStatistics[] signals)
    {
        string[] names = ["a", "b", "c"];
        return Some.Step(
            step,
            loss,
            [.. names.Zip(signals, (name, signal) => new ParameterRecord($"{name}.weight", signal, 1, true))],
            [.. names.Zip(signals, (name, signal) => new LayerRecord(name, signal))]);
    }

    private static List<Finding> Observe(params StepRecord[] steps) => new NonFiniteDetector().Findings(Some.Run(), steps);
}
