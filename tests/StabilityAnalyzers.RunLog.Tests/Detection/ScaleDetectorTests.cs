namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>STAB9015 and STAB9016: the scales of the layers' outputs and of the input.</summary>
public class ScaleDetectorTests
{
    [Fact]
    public void OutputsOfOneScale_AreNothing() => Assert.Empty(Outputs(20, 1, (_, _) => 0.05));

    [Fact]
    public void OutputsThatEndWhereTheyShould_AreNothing() => Assert.Empty(Outputs(20, 1, (_, layer) => layer == 0 ? 20 : 1));

    [Fact]
    public void LaterSteps_AreNothing() => Assert.Empty(Outputs(20, 1, (step, layer) => step < 10 ? 1 : Math.Pow(0.1, layer)));

    [Fact]
    public void OneSample_IsNothing() => Assert.Empty(Outputs(20, 1, (step, layer) => step == 4 ? Math.Pow(0.1, layer) : 1));

    [Fact]
    public void ConstantNonFiniteOrMissingOutputs_AreNothing()
    {
        Assert.Empty(Outputs(20, 1, (_, layer) => layer == 1 ? 0 : 1));
        Assert.Empty(Outputs(20, 1, (_, layer) => layer == 1 ? double.NaN : 1));
        Assert.Empty(Outputs(20, 1, (_, _) => null));
    }

    [Fact]
    public void OutputsThatShrink_AreInfoAndWarningIfTheGradientVanishesToo()
    {
        var info = Assert.Single(Outputs(20, 1, (_, layer) => Math.Pow(0.1, layer)));
        var warning = Assert.Single(Outputs(20, 1e-5, (_, layer) => Math.Pow(0.1, layer)));

        Assert.Equal(("STAB9015", FindingSeverity.Info, "middle", 2), (info.RuleId, info.Severity, info.Layer, info.Step));
        Assert.Equal(100, info.Value, 1e-9);
        Assert.Equal(FindingSeverity.Warning, warning.Severity);
        Assert.Contains("depth factor of 'first' is 1E-05", warning.Message);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.13, 0.31)]
    [InlineData(0.45, 0.5)]
    [InlineData(-0.9, 1)]
    [InlineData(5, 0)]
    [InlineData(double.NaN, 1)]
    public void InputsThatTrainWell_AreNothing(double mean, double deviation) => Assert.Empty(Input(mean, deviation));

    [Theory]
    [InlineData(128, 60, "large")]
    [InlineData(5, 1, "off its centre")]
    [InlineData(0, 1e-3, "small")]
    public void InputsOnAnotherScale_AreInfoOnce(double mean, double deviation, string what)
    {
        var finding = Assert.Single(Input(mean, deviation));

        Assert.Equal(("STAB9016", FindingSeverity.Info), (finding.RuleId, finding.Severity));
        Assert.StartsWith($"The input is {what}", finding.Message);
    }

    private static List<Finding> Input(double mean, double deviation) => new InputScaleDetector().Findings(
        Some.Run(), Sequence.Steps(5, i => Some.Step(i, 1) with { Input = Some.Uniform(1) with { Mean = mean, Std = deviation } }));

    private static List<Finding> Outputs(int count, double first, Func<int, int, double?> deviation)
    {
        var run = Some.Run(new("first", "Linear", 1, 1), new("middle", "Linear", 1, 1), new("head", "Linear", 1, 1));
        return new ActivationScaleDetector().Findings(run, Sequence.Steps(count, step => Some.Step(step, 1, layers:
        [
            new("first", Some.Uniform(first), 1, Output(deviation(step, 0))),
            new("middle", Some.Uniform(1), 1, Output(deviation(step, 1))),
            new("head", Some.Uniform(1), 1, Output(1e-6)),
        ])));
    }

    private static TensorStatistics? Output(double? deviation) => deviation is { } known ? Some.Uniform(known) : null;
}
