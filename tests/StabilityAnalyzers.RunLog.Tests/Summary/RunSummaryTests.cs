namespace StabilityAnalyzers.RunLog.Tests;

public class RunSummaryTests
{
    [Fact]
    public void EachLayer_HasItsPredictionAndItsMeasurements()
    {
        var run = Some.Run(new("first", "Linear", 0.1, 0.2), new("unseen", "Conv2d", 0.5, 0.5), new("head", "Linear", 1, 1));
        var builder = new RunSummaryBuilder(run);
        foreach (var step in Sequence.Steps(11, i => Sequence.Step(i, first: i == 0 ? 0.2 : i, loss: 3 - (0.1 * i))))
        {
            builder.Add(step);
        }

        var finding = new Finding("STAB9001", FindingSeverity.Info, "first", 3, 1, 2, "message");
        builder.Add(finding);

        var summary = builder.Build(lostRecords: 7);

        Assert.Equal(["first", "unseen", "head"], summary.Layers.Select(layer => layer.Path));
        var first = summary.Layers[0];
        Assert.Equal(("Linear", 0.1, 0.2), (first.Kind, first.PredictedRatio, first.PredictedDepthFactor));
        Assert.Equal((0, 11), (first.InitialStep, first.Samples));
        Assert.Equal(0.2, first.InitialRatio!.Value, 1e-15);
        Assert.Equal(5, first.MedianRatio!.Value, 1e-12);
        Assert.Equal(10, first.LatestRatio!.Value, 1e-12);
        Assert.Equal(Math.Log10(2), first.DecadesOff!.Value, 1e-12);
        Assert.Equal(new LayerSummary("unseen", "Conv2d", 0.5, 0.5, null, null, null, null, 0), summary.Layers[1]);
        Assert.Equal([finding], summary.Findings);
        Assert.Equal((11, 10, TimeSpan.FromMilliseconds(100), 7), (summary.Steps, summary.LastStep, summary.Duration, summary.LostRecords));
        Assert.Equal(3, summary.InitialLoss);
        Assert.Equal(2, summary.LatestLoss!.Value, 1e-12);
    }

    [Fact]
    public void RunWithoutSteps_IsEmptyAndNotAFault()
    {
        var summary = new RunSummaryBuilder(Some.Run()).Build();

        Assert.Empty(summary.Layers);
        Assert.Equal((0, null, null), (summary.Steps, summary.LastStep, summary.Duration));
        Assert.Equal((null, null), (summary.InitialLoss, summary.LatestLoss));
    }

    [Fact]
    public void LayerThatShowsLater_HasItsInitialValueFromThen()
    {
        var builder = new RunSummaryBuilder(Sequence.Square);
        builder.Add(Some.Step(0, layers: [new("first", null), new("head", Some.Uniform(1))]));
        builder.Add(Sequence.Step(5, 0.25));

        var first = builder.Build().Layers[0];

        Assert.Equal((0.25, 5L, 1L), (first.InitialRatio, first.InitialStep, first.Samples));
    }

    [Fact]
    public void RunThatNamesNoLayers_HasThoseThatWereSeen()
    {
        var builder = new RunSummaryBuilder(Some.Run());
        builder.Add(Sequence.Step(0, 0.25));

        Assert.Equal(["first", "head"], builder.Build().Layers.Select(layer => layer.Path));
    }

    [Fact]
    public void PredictionOrMeasurementOfZero_IsNoNumberOfDecades()
    {
        var layer = new LayerSummary("a", null, 0.5, 0.5, 0, 0, 0, 0, 1);

        Assert.Null(layer.DecadesOff);
        Assert.Null((layer with { InitialRatio = 1, PredictedRatio = 0 }).DecadesOff);
        Assert.Null((layer with { InitialRatio = null }).DecadesOff);
    }

    [Fact]
    public void SummaryOfAFile_IsThatOfTheRun()
    {
        using var folder = new TemporaryFolder();
        var builder = new RunSummaryBuilder(Sequence.Square);
        var finding = new Finding("STAB9001", FindingSeverity.Info, "first", 3, 1, 2, "message");
        using (var writer = RunLogWriter.Create(folder.File(), Sequence.Square))
        {
            foreach (var step in Sequence.Steps(200, i => Sequence.Step(i, Math.Exp(Math.Sin(i)), loss: i)))
            {
                builder.Add(step);
                writer.TryWrite(step);
            }

            builder.Add(finding);
            writer.TryWrite(finding);
        }

        using var reader = RunLogReader.Open(folder.File());
        var (expected, read) = (builder.Build(), RunSummary.Of(reader));

        Assert.Equal(expected.Layers.Select(Rounded), read.Layers.Select(Rounded));
        Assert.Equal(expected.Findings, read.Findings);
        Assert.Equal((expected.Steps, expected.LatestLoss, expected.Duration), (read.Steps, read.LatestLoss, read.Duration));

        // A statistic has the precision of a float32 in the file.
        static object Rounded(LayerSummary layer) =>
            (layer.Path,
                Math.Round(layer.InitialRatio!.Value, 5),
                Math.Round(layer.MedianRatio!.Value, 5),
                Math.Round(layer.LatestRatio!.Value, 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(99)]
    [InlineData(100)]
    public void FewSamples_HaveTheirExactMedian(int count)
    {
        var samples = new ThinnedSamples(100);
        foreach (var value in Enumerable.Range(0, count).Select(i => (double)(i * 37 % 101)))
        {
            samples.Add(value);
        }

        var sorted = Enumerable.Range(0, count).Select(i => (double)(i * 37 % 101)).Order().ToArray();
        Assert.Equal((sorted[(count - 1) / 2] + sorted[count / 2]) / 2, samples.Median);
    }

    [Fact]
    public void ManySamples_HaveAMedianNearTheExactOne()
    {
        var samples = new ThinnedSamples(100);
        var random = new Random(1);
        for (var i = 0; i < 100_000; i++)
        {
            samples.Add(i + random.NextDouble());
        }

        Assert.Equal(100_000, samples.Count);
        Assert.InRange(samples.Median!.Value, 45_000, 55_000);
        Assert.Null(new ThinnedSamples(100).Median);
    }
}
