namespace StabilityAnalyzers.RunLog.Tests;

public class GradientProfileTests
{
    [Fact]
    public void Ratios_AreToTheLastLayerWithThePredictionBeside()
    {
        var run = Some.Run(new("a", "Linear", 1e-3, 0.01), new("b", "Conv2d", 0.1, 0.5), new("c", "Linear", 1, 1));

        var profile = GradientProfile.Of(run, Step(("a", 2e-3, 100), ("b", 0.2, 4), ("c", 2, 1)));

        Assert.Equal(["a", "b", "c"], profile.Layers.Select(layer => layer.Path));
        Assert.Equal("c", profile.Reference!.Path);
        var a = profile.First!;
        Assert.Equal(("a", "Linear"), (a.Path, a.Kind));
        Assert.Equal(2e-3, a.ErrorSignalRms!.Value, 1e-15);
        Assert.Equal(1e-3, a.MeasuredRatio!.Value, 1e-15);
        Assert.Equal(1e-2, a.NormRatio!.Value, 1e-15);
        Assert.Equal((1e-3, 0.01), (a.PredictedRatio, a.PredictedDepthFactor));
        Assert.Equal(0.1, a.Geometry!.Value, 1e-15);
        Assert.Equal(0.01, a.MeasuredDepthFactor!.Value, 1e-15);
        Assert.Equal(-3, a.Log10Measured!.Value, 1e-12);
        Assert.Equal(-3, a.Log10Predicted!.Value, 1e-12);
        Assert.Equal(1, profile.Layers[2].MeasuredRatio);
    }

    [Fact]
    public void LastLayerThatIsNotSeen_ThePredictionIsRelatedToTheLastThatIs()
    {
        var run = Some.Run(new("a", "Linear", 1e-3, 0.01), new("b", "Linear", 0.1, 0.5), new("head", "Linear", 1, 1));

        var profile = GradientProfile.Of(run, Step(("a", 0.02, 1), ("b", 2, 1)));

        Assert.Equal("b", profile.Reference!.Path);
        Assert.Equal(0.01, profile.First!.MeasuredRatio!.Value, 1e-15);
        Assert.Equal(0.01, profile.First.PredictedRatio!.Value, 1e-15);
        Assert.Equal(0.02, profile.First.PredictedDepthFactor!.Value, 1e-15);
    }

    [Fact]
    public void LayersThatTheRunDoesNotName_DoNotCount()
    {
        var run = Some.Run(new LayerInfo("a", "Linear"), new LayerInfo("b", "Linear"));

        var profile = GradientProfile.Of(run, Step(("input", 1, 1), ("a", 1, 1), ("b", 2, 1), ("softmax", 7, 1)));

        Assert.Equal(["a", "b"], profile.Layers.Select(layer => layer.Path));
        Assert.Equal(0.5, profile.First!.MeasuredRatio);
    }

    [Fact]
    public void RunThatNamesNoLayers_EveryLayerCounts() =>
        Assert.Equal(2, GradientProfile.Of(Some.Run(), Step(("a", 1, 1), ("b", 2, 1))).Layers.Count);

    [Fact]
    public void ReferenceOfZero_MakesNoRatio()
    {
        var profile = GradientProfile.Of(Some.Run(), Step(("a", 1, 1), ("b", 0, 1)));

        Assert.All(profile.Layers, layer => Assert.Null(layer.MeasuredRatio));
        Assert.Null(profile.First);
        Assert.NotNull(profile.Reference);
    }

    [Fact]
    public void SignalOfZero_IsARatioOfZero()
    {
        var profile = GradientProfile.Of(Some.Run(), Step(("a", 0, 1), ("b", 1, 1)));

        Assert.Equal(0, profile.First!.MeasuredRatio);
        Assert.Equal(double.NegativeInfinity, profile.First.Log10Measured);
    }

    [Fact]
    public void SignalsThatAreNotFinite_MakeNoRatio()
    {
        var bad = Some.Uniform(1, count: 4, nonFinite: 1);
        var infinite = Some.Uniform(1) with { L2 = double.PositiveInfinity };
        foreach (var signal in new TensorStatistics?[] { bad, infinite, null, default(TensorStatistics) })
        {
            var first = GradientProfile.Of(Some.Run(), Some.Step(0, layers: [new("a", signal), new("b", Some.Uniform(1))]));
            Assert.Null(first.Layers[0].MeasuredRatio);
            Assert.Equal("b", first.First!.Path);
        }

        var last = GradientProfile.Of(Some.Run(), Some.Step(0, layers: [new("a", Some.Uniform(1)), new("b", bad)]));
        Assert.All(last.Layers, layer => Assert.Null(layer.MeasuredRatio));
    }

    [Fact]
    public void NothingSeen_HasThePredictionOnly()
    {
        var run = Some.Run(new("a", "Linear", 0.5, 0.7), new("b", "Linear", 1, 1));

        var profile = GradientProfile.Of(run, Some.Step(0, layers: [new("a", null), new("b", null)]));

        Assert.Null(profile.Reference);
        Assert.Null(profile.First);
        Assert.Equal(0.5, profile.Layers[0].PredictedRatio);
        Assert.Empty(GradientProfile.Of(run, Some.Step(0)).Layers);
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(1.0, 0.0)]
    [InlineData(double.NaN, 1.0)]
    [InlineData(1.0, double.PositiveInfinity)]
    [InlineData(-1.0, 1.0)]
    [InlineData(null, 1.0)]
    [InlineData(1.0, null)]
    public void PredictionThatMakesNoSense_MakesNoGeometry(double? ratio, double? depthFactor)
    {
        var run = Some.Run(new("a", "Linear", ratio, depthFactor), new("b", "Linear", 1, 1));

        var first = GradientProfile.Of(run, Step(("a", 1, 1), ("b", 1, 1))).First!;

        Assert.Null(first.Geometry);
        Assert.Null(first.MeasuredDepthFactor);
        Assert.Equal(1, first.MeasuredRatio);
    }

    private static StepRecord Step(params (string Path, double Rms, long Width)[] layers) =>
        Some.Step(0, layers: [.. layers.Select(layer => new LayerRecord(layer.Path, Some.Uniform(layer.Rms, layer.Width)))]);
}
