namespace StabilityAnalyzers.RunLog.Tests;

public class GradientDecayDetectorTests
{
    [Fact]
    public void HealthyDepth_IsNothing() => Assert.Empty(Observe(20, i => Math.Pow(0.95, i)));

    [Fact]
    public void FewLayers_AreNothing() => Assert.Empty(Observe(4, i => Math.Pow(0.01, i)));

    [Fact]
    public void OneLayerThatShrinksItAll_IsNoDecayOfTheStack() => Assert.Empty(Observe(20, i => i > 17 ? 1e-4 : 1));

    [Fact]
    public void FactorsWithoutAnOrder_AreNothing() => Assert.Empty(Observe(20, i => i % 2 == 0 ? 1 : 1e-3));

    [Fact]
    public void UnknownGeometry_IsNothing()
    {
        var run = Some.Run([.. Enumerable.Range(0, 10).Select(i => new LayerInfo($"fc{i}", "Linear"))]);
        Assert.Empty(new GradientDecayDetector().Findings(run, Steps(10, i => Math.Pow(0.1, i))));
    }

    [Fact]
    public void ZeroNaNAndMissingLayers_AreNothing()
    {
        Assert.Empty(Observe(10, i => i == 0 ? 1 : 0));
        Assert.Empty(Observe(10, _ => double.NaN));
        Assert.Empty(new GradientDecayDetector().Findings(Some.Run(), Sequence.Steps(10, i => Some.Step(i, 1))));
    }

    [Theory]
    [InlineData(0.5, 0.25)]
    [InlineData(2, 4)]
    public void EveryLayerTheSameFactor_IsInfo(double factor, double chi)
    {
        var finding = Assert.Single(Observe(12, i => Math.Pow(factor, i)));

        Assert.Equal(("STAB9004", FindingSeverity.Info, 11), (finding.RuleId, finding.Severity, finding.Value));
        Assert.Equal(6 / Math.Abs(Math.Log(chi)), finding.Threshold, 1e-9);
        Assert.Contains(FormattableString.Invariant($"by {chi} on the way back, predicted {0.64}"), finding.Message);
    }

    /// <summary>A stack in which so much of the gradient reaches a layer that many layers before the last; 0.8 is predicted for each.</summary>
    private static List<Finding> Observe(int layers, Func<int, double> factor) => new GradientDecayDetector().Findings(
        Some.Run([.. Enumerable.Range(0, layers).Select(i => Layer(i, layers))]), Steps(layers, factor));

    private static LayerInfo Layer(int i, int layers) => new($"fc{i}", "Linear", Math.Pow(0.8, layers - 1 - i), Math.Pow(0.8, layers - 1 - i));

    private static IEnumerable<StepRecord> Steps(int layers, Func<int, double> factor) => Sequence.Steps(10, step => Some.Step(
        step, 1, layers: [.. Enumerable.Range(0, layers).Select(i => new LayerRecord(
            $"fc{i}", Some.Uniform(factor(layers - 1 - i), nonFinite: double.IsNaN(factor(1)) && i == 0 ? 1 : 0)))]));
}
