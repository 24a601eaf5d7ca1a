using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests;

public class RecordingScheduleTests
{
    [Fact]
    public void DueSteps()
    {
        Assert.Equal(Enumerable.Range(0, 30), Due(RecordingSchedule.EveryStep));
        Assert.Equal(Due(RecordingSchedule.EveryStep), Due(default));
        Assert.Equal(Due(RecordingSchedule.EveryStep), Due(RecordingSchedule.Every(1)));
        Assert.Equal([0, 10, 20], Due(RecordingSchedule.Every(10)));
        Assert.Equal([0, 1, 2], Due(RecordingSchedule.First(3)));
        Assert.Equal([0, 1, 2, 3, 13, 23], Due(RecordingSchedule.First(3).ThenEvery(10)));
        Assert.Empty(Due(RecordingSchedule.First(0)));
        Assert.True(RecordingSchedule.First(long.MaxValue).IsDue(long.MaxValue - 1));
        Assert.Equal(RecordingSchedule.Every(3), RecordingSchedule.Every(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordingSchedule.Every(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordingSchedule.First(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordingSchedule.First(1).ThenEvery(0));
    }

    [Fact]
    public void DueStepsOfALogarithmicSchedule()
    {
        int[] due = Enumerable.Range(0, 100_000).Where(step => RecordingSchedule.Logarithmic(10).IsDue(step)).ToArray();
        Assert.Equal([0, 1, 2, 3], due.Take(4));
        Assert.InRange(due.Count(step => step is >= 1_000 and < 10_000), 9, 11);
        Assert.InRange(due.Count(step => step >= 10_000), 9, 11);
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordingSchedule.Logarithmic(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordingSchedule.Logarithmic(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordingSchedule.Logarithmic(double.PositiveInfinity));
    }

    [Fact]
    public void DueStepsAfterAnAlert()
    {
        RecordingSchedule schedule = RecordingSchedule.Every(100).AndAfterAlert(3);
        Assert.Equal([0, 100, 200], Enumerable.Range(0, 300).Where(step => schedule.IsDue(step)));
        Assert.Equal([100, 101, 102, 103], Enumerable.Range(100, 50).Where(step => schedule.IsDue(step, 100)));
        Assert.Equal([0], Enumerable.Range(0, 100).Where(step => schedule.IsDue(step, 500)));
        Assert.Equal([0, 1, 2, 5, 6], Enumerable.Range(0, 10).Where(step => RecordingSchedule.First(3).AndAfterAlert(2).IsDue(step, 4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.AndAfterAlert(-1));
    }

    [Fact]
    public void AnAlertMakesTheNextStepsDue()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory with { Schedule = RecordingSchedule.Every(10).AndAfterAlert(2) });
        var recorded = new List<long>();
        for (int step = 0; step < 20; step++)
        {
            using DisposeScope iteration = NewDisposeScope();
            model.zero_grad();
            Tensor loss = model.call(randn(4, 4)).sum();
            (step == 10 ? loss * double.NaN : loss).backward();
            if (recorder.Record() is { } record)
            {
                recorded.Add(record.Step);
            }
        }

        Assert.NotEmpty(recorder.Findings);
        Assert.Equal([0, 10, 11, 12], recorded);
    }

    [Fact]
    public void StepsThatAreNotDueKeepNothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory with { Schedule = RecordingSchedule.First(1).ThenEvery(5) });
        var recorded = new List<long>();
        Tensor x = randn(4, 4);
        for (int step = 0; step < 12; step++)
        {
            long before = Tensor.TotalCount;
            using Tensor output = model.call(x);

            // A traced pass and a due one keep handles of their own.
            if (step > 0)
            {
                Assert.Equal(before + 1 + (step % 5 == 1 ? 4 : 0), Tensor.TotalCount);
            }

            output.sum().backward();
            if (recorder.Record() is { } record)
            {
                recorded.Add(record.Step);
            }
        }

        Assert.Equal([0, 1, 6, 11], recorded);
        Assert.Equal(12, recorder.StepCount);
    }

    private static IEnumerable<int> Due(RecordingSchedule schedule) => Enumerable.Range(0, 30).Where(step => schedule.IsDue(step));
}
