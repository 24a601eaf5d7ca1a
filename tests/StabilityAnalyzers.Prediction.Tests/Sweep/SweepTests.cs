using StabilityAnalyzers.Tests.Sweep.Reporting;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>
/// A small, fixed part of the sweep. The whole of it: <c>dotnet run -c Release --project tests/StabilityAnalyzers.Prediction.Tests --
/// sweep</c>.
/// </summary>
public sealed class SweepTests(ITestOutputHelper output)
{
    private const int Samples = 48;

    [Fact]
    public void TheFirstSamplesAreWithinTheBounds()
    {
        var run = SweepRun.Of(1, Samples);
        foreach (var result in run.Results)
        {
            output.WriteLine(FormattableString.Invariant(
                $"seed {result.Model.Seed,3}: error {SweepFiles.Figure(result.Error),6} {result.Model.Group}: {result.Model.Kind} {result.Unknown}"));
        }

        Assert.Empty(run.Failures);
        var within = GroupFigures.Within(run.Results);
        var all = GroupFigures.Of("all", within);
        var plain = GroupFigures.Of("without norms over batch or positions", [.. within.Where(result => !result.Model.NormalizesOverBatch)]);
        var normalized = GroupFigures.Of("with them", [.. within.Where(result => result.Model.NormalizesOverBatch)]);
        Assert.InRange(all.Median!.Value, 0, 0.05);
        Assert.InRange(plain.Percentile95!.Value, 0, 0.3);
        Assert.InRange(normalized.Percentile95!.Value, 0, 0.5);
        Assert.Equal(0, all.SignErrors);

        // Silence is no error, but a prediction that is never made is none.
        Assert.InRange(all.Unknown, 0, all.Count / 2);
    }
}
