using StabilityAnalyzers.Tests.Sweep.Generation;
using StabilityAnalyzers.Tests.Sweep.Measurement;
using StabilityAnalyzers.Tests.Sweep.Reporting;

namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>The figures of the report, from samples that never ran.</summary>
public sealed class GroupFiguresTests
{
    [Fact]
    public void UnknownSamplesCountAsUnknownAndNotAsErrors()
    {
        var figures = GroupFigures.Of("", [Unknown(), Unknown()]);

        Assert.Equal((2, 2, null, null), (figures.Count, figures.Unknown, figures.Median, figures.Percentile95));
    }

    [Fact]
    public void SamplesBeyondAQuarterAreApart()
    {
        var table = GroupFigures.Table([Unknown(), Unknown(depth: 16), Unknown(depth: 17)]);

        Assert.Equal(2, table.Single(row => row.Group == "all").Count);
        Assert.Equal(1, table.Single(row => row.Group.StartsWith("apart", StringComparison.Ordinal)).Count);
    }

    private static SampleResult Unknown(int depth = 2) => new(
        new GeneratedModel(1, "group", "kind", "style", "", new InputBatch([1]), depth, 64, false),
        null,
        "reason",
        new MeasuredGradient("a", "b", [], -1, -1, new Dictionary<string, double>(), new Dictionary<string, double>(), 0, true),
        TimeSpan.Zero);
}
