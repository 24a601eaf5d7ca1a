using System.Diagnostics;

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

    /// <summary>
    /// What the detectors cost for each step: <c>dotnet run -c Release --project tests/StabilityAnalyzers.RunLog.Tests --
    /// --explicit only --filter-method "*CostOfAStep*" --show-live-output on</c>.
    /// </summary>
    [Theory(Explicit = true)]
    [InlineData(20)]
    [InlineData(200)]
    public void CostOfAStep(int layers)
    {
        const int Steps = 2000;
        var run = Some.Run([.. Enumerable.Range(0, layers).Select(i => new LayerInfo($"blocks.{i}.linear", "Linear", 0.5, 0.5))]);
        var steps = Sequence.Steps(Steps, i => Some.RandomStep(i, layers)).ToArray();
        foreach (var detector in DetectorPreset.Default.With(new ClassicOptions()).CreateDetectors())
        {
            detector.Findings(run, steps.Take(Steps / 10));
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            detector.Findings(run, steps);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{layers} layers, {detector.GetType().Name}: {clock.Elapsed.TotalMicroseconds / Steps:N1} us, "
                + $"{(GC.GetAllocatedBytesForCurrentThread() - allocated) / Steps:N0} bytes per step");
        }
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
