namespace StabilityAnalyzers.RunLog.Tests;

public class DetectorSetTests
{
    [Fact]
    public void DetectorThatThrows_IsDisabledAndReportedOnceAndTheOthersGoOn()
    {
        var failures = new List<DetectorFailure>();
        var bad = new Scripted(step => step.Step == 2 ? throw new InvalidOperationException("bad") : []);
        var good = new Scripted(step => [new("STAB9001", FindingSeverity.Info, null, step.Step, 0, 0, "")]);
        var set = new DetectorSet([good, bad, good], failures.Add);

        var findings = Sequence.Steps(5, i => Some.Step(i)).Select(step => set.Observe(Some.Run(), step).Count).ToList();

        Assert.Equal([2, 2, 2, 2, 2], findings);
        Assert.Equal(3, bad.Calls);
        var failure = Assert.Single(failures);
        Assert.Equal((bad, 2, "bad"), (failure.Detector, failure.Step, failure.Exception.Message));
        Assert.Equal(failures, set.Failures);
        Assert.Equal([good, good], set.Detectors);
    }

    [Fact]
    public void CallbackThatThrows_HarmsNobody()
    {
        var set = new DetectorSet([new Scripted(_ => throw new InvalidOperationException())], _ => throw new InvalidOperationException());

        Assert.Empty(set.Observe(Some.Run(), Some.Step(0)));
        Assert.Single(set.Failures);
    }

    [Fact]
    public void RecordsThatAreNotValid_ThrowNothing()
    {
        foreach (var set in new[] { DetectorSet.Default(), DetectorSet.Classic() })
        {
            set.Observe(Some.Run(), Some.Step(0) with { Layers = null!, Parameters = null! });
            set.Observe(null!, Some.Step(1, parameters: [null!], layers: [null!]));
            set.Observe(Some.Run(), null!);
            Assert.NotEmpty(set.Failures);
        }
    }

    [Fact]
    public void DetectorThatReturnsNull_ThrowsNothing()
    {
        var set = new DetectorSet([new Scripted(_ => null!)]);

        Assert.Empty(set.Observe(Some.Run(), Some.Step(0)));
        Assert.Single(set.Failures);
    }

    private sealed class Scripted(Func<StepRecord, IReadOnlyList<Finding>> observe) : IDetector
    {
        public int Calls { get; private set; }

        public IReadOnlyList<Finding> Observe(RunInfo run, StepRecord step)
        {
            Calls++;
            return observe(step);
        }
    }
}
