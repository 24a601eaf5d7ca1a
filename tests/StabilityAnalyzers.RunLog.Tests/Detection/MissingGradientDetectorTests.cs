namespace StabilityAnalyzers.RunLog.Tests;

public class MissingGradientDetectorTests
{
    private static readonly ParameterRecord Head = new("head.weight", Some.Uniform(1), 1, true);

    [Fact]
    public void CalledLayerThatNeverGetsAGradient_IsOneWarning()
    {
        var finding = Assert.Single(Observe(100, _ => [Missing("cut.weight"), Missing("cut.bias"), Head], new LayerRecord("cut", null)));

        Assert.Equal(("STAB9005", FindingSeverity.Warning, "cut", 9), (finding.RuleId, finding.Severity, finding.Layer, finding.Step));
        Assert.Equal("'cut' was called in 10 recorded steps and never got a gradient: it is not updated.", finding.Message);
    }

    [Fact]
    public void LayerThatWasNotSeenToBeCalled_IsInfo() =>
        Assert.Equal(FindingSeverity.Info, Assert.Single(Observe(100, _ => [Missing("unused.weight"), Head])).Severity);

    [Fact]
    public void OneParameterOfALayer_IsNamedItself()
    {
        var finding = Assert.Single(Observe(100, _ => [Missing("head.bias"), Head], new LayerRecord("head", null)));

        Assert.Equal("head.bias", finding.Layer);
    }

    [Fact]
    public void FrozenPartOfALayer_DoesNotCount() =>
        Assert.Equal("cut", Assert.Single(Observe(100, _ => [Missing("cut.weight"), new("cut.bias", null, 1, false), Head])).Layer);

    [Fact]
    public void ParameterOfTheModelItself_IsNamed() =>
        Assert.Equal("scale", Assert.Single(Observe(100, _ => [Missing("scale"), Head])).Layer);

    [Fact]
    public void ModelWithoutAnyGradient_IsOneFindingForTheWholeModel()
    {
        var finding = Assert.Single(Observe(100, _ => [Missing("a.weight"), Missing("b.weight"), new("c.weight", null, 1, false)]));

        Assert.Equal((null, 2, FindingSeverity.Warning), (finding.Layer, finding.Step, finding.Severity));
        Assert.Contains("None of the 2 parameters", finding.Message);
    }

    [Fact]
    public void ModelThatIsFrozenAsAWhole_IsNoFault() =>
        Assert.Empty(Observe(100, _ => [new("a.weight", null, 1, false), new("b.weight", null, 1, false)]));

    [Fact]
    public void SamplesWithoutAGradient_AreCountedFromWhenItIsAskedFor() =>
        Assert.Equal(59, Assert.Single(Observe(100, i => [new("late.weight", null, 1, i >= 50), Head])).Step);

    private static ParameterRecord Missing(string path) => new(path, null, 1, true);

    private static List<Finding> Observe(int count, Func<int, ParameterRecord[]> parameters, params LayerRecord[] layers) =>
        new MissingGradientDetector().Findings(Some.Run(), Sequence.Steps(count, i => Some.Step(i, 1, parameters(i), layers)));
}
