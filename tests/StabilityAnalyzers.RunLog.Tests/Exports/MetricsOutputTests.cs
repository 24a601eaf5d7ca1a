using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>The metrics as the SDK of OpenTelemetry collects them.</summary>
public class MetricsOutputTests
{
    private static readonly RunInfo s_run = Some.Run(new("first", "Linear", 0.25, 0.25), new("head", "Linear", 1, 1)) with { RunId = "run-metrics" };

    private static readonly StepRecord s_step = Some.Step(
        7,
        loss: 0.5,
        parameters: [new("first.weight", Some.Uniform(2, count: 64, nonFinite: 28)), new("head.weight", null)],
        layers: [new("first", Some.Uniform(0.5)), new("head", Some.Uniform(1))]);

    [Fact]
    public void LastStepAndFindingsAreCollected()
    {
        using var output = new MetricsOutput();
        output.Begin(s_run);
        IReadOnlyList<Reading> read = Collect(() =>
        {
            output.Write(Some.Step(6, loss: 9));
            output.Write(s_step);
            output.Write(new Finding("STAB9001", FindingSeverity.Warning, "first", 7, 1, 2, "m"));
            output.Write(new Finding("STAB9001", FindingSeverity.Warning, "first", 7, 1, 2, "m"));
            output.Write(new Finding("STAB9003", FindingSeverity.Info, null, 7, 1, 2, "m"));
        });

        Assert.Equal(0.5, Value("stability.training.loss"));
        Assert.Equal(7, Value("stability.training.step"));
        Assert.Equal(12, Value("stability.gradient.norm", "stability.parameter=first.weight"));
        Assert.Equal(28, Value("stability.gradient.non_finite", "stability.parameter=first.weight"));
        Assert.Equal(0.5, Value("stability.error_signal.ratio", "stability.layer=first"));
        Assert.Equal(1, Value("stability.error_signal.ratio", "stability.layer=head"));
        Assert.Equal(0.25, Value("stability.error_signal.predicted_ratio", "stability.layer=first"));
        Assert.Equal(2, Value("stability.findings", "stability.layer=first", "stability.rule.id=STAB9001", "stability.severity=warning"));
        Assert.Equal(1, Value("stability.findings", "stability.rule.id=STAB9003", "stability.severity=info"));
        Assert.DoesNotContain(read, reading => reading.Tags.Contains("stability.parameter=head.weight"));
        Assert.Equal("{finding}", read.First(reading => reading.Name == "stability.findings").Unit);

        double Value(string name, params string[] tags) =>
            Assert.Single(read, reading => reading.Name == name && reading.Tags.SequenceEqual(tags.Append("stability.run.id=run-metrics").Order(StringComparer.Ordinal))).Value;
    }

    [Fact]
    public void NothingIsShownOfWhatIsNotKnown()
    {
        using var output = new MetricsOutput();
        Assert.Empty(Collect(() => output.Begin(s_run)));
        Assert.Equal(["stability.training.step"], Collect(() => output.Write(Some.Step(1))).Select(reading => reading.Name));
        output.Dispose();
        Assert.Empty(Collect(() => output.Write(s_step)));
        output.Write(new Finding("STAB9001", FindingSeverity.Warning, "first", 7, 1, 2, "m"));
    }

    private static List<Reading> Collect(Action act)
    {
        var metrics = new List<Metric>();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(MetricsOutput.MeterName).AddInMemoryExporter(metrics).Build();
        act();
        provider.ForceFlush();
        var readings = new List<Reading>();
        foreach (Metric metric in metrics)
        {
            foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
            {
                var tags = new List<string>();
                foreach (KeyValuePair<string, object?> tag in point.Tags)
                {
                    tags.Add(tag.Key + "=" + tag.Value);
                }

                // Runs of other tests may show at the same time.
                if (tags.Contains("stability.run.id=run-metrics"))
                {
                    readings.Add(new Reading(
                        metric.Name,
                        metric.Unit,
                        metric.MetricType.IsSum() ? point.GetSumLong() : point.GetGaugeLastValueDouble(),
                        [.. tags.Order(StringComparer.Ordinal)]));
                }
            }
        }

        return readings;
    }

    private sealed record Reading(string Name, string Unit, double Value, IReadOnlyList<string> Tags);
}
