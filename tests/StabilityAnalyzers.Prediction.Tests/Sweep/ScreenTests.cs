namespace StabilityAnalyzers.Tests.Sweep;

/// <summary>The first look, which saves the whole prediction of most healthy models, against the whole prediction.</summary>
public sealed class ScreenTests
{
    [Fact]
    public void What_the_first_look_settles_is_healthy()
    {
        var samples = Enumerable.Range(1, 80).Select(ScreenComparison.Of).OfType<ScreenComparison>().ToArray();
        Assert.InRange(samples.Count(sample => sample.IsSettled), 20, 75);
        Assert.DoesNotContain(samples, sample => sample is { IsSettled: true, IsHealthy: false });
    }
}
