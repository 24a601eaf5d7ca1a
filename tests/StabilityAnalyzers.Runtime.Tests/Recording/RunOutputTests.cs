using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>What goes beside the run file, and that a training does not depend on it.</summary>
public class RunOutputTests
{
    [Fact]
    public void AnOutputTakesTheRunInItsOrder()
    {
        var output = new Output();
        Train(output, 3, out IReadOnlyList<RecorderProblem> problems);
        Assert.Equal(["begin", "step 0", "step 1", "finding STAB9003", "step 2", "dispose"], output.Taken.Distinct());
        Assert.Empty(problems);
    }

    [Fact]
    public void WithoutAStepNothingBegins()
    {
        var output = new Output();
        Train(output, 0, out _);
        Assert.Equal(["dispose"], output.Taken);
    }

    [Theory]
    [InlineData("begin")]
    [InlineData("step 1")]
    [InlineData("finding STAB9003")]
    [InlineData("dispose")]
    public void AnOutputThatThrowsIsSwitchedOff(string failure)
    {
        var failing = new Output { Failure = failure };
        var other = new Output();
        Train([failing, other], 4, out IReadOnlyList<RecorderProblem> problems);
        Assert.Equal("dispose", failing.Taken[^1]);
        Assert.Equal(4, other.Taken.Count(taken => taken.StartsWith("step", StringComparison.Ordinal)));
        Assert.Single(problems);
        if (failure != "dispose")
        {
            Assert.Contains("Output is switched off: mine", problems[0].Message, StringComparison.Ordinal);
            Assert.Equal(failure, failing.Taken[^2]);
        }
    }

    private static void Train(Output output, int steps, out IReadOnlyList<RecorderProblem> problems) => Train([output], steps, out problems);

    private static void Train(IReadOnlyList<Output> outputs, int steps, out IReadOnlyList<RecorderProblem> problems)
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        var recorder = GradientRecorder.Attach(model, TestModels.InMemory with { Outputs = outputs });
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope iteration = NewDisposeScope();
            model.zero_grad();
            Tensor loss = model.call(randn(4, 4)).sum();
            (step >= 1 ? loss * double.NaN : loss).backward();
            recorder.Record();
        }

        recorder.Dispose();
        problems = recorder.Problems;
    }

    private sealed class Output : IRunOutput
    {
        public List<string> Taken { get; } = [];

        public string? Failure { get; init; }

        public void Begin(RunInfo run) => Take("begin");

        public void Write(StepRecord step) => Take("step " + step.Step);

        public void Write(Finding finding) => Take("finding " + finding.RuleId);

        public void Dispose() => Take("dispose");

        private void Take(string what)
        {
            Taken.Add(what);
            if (what == Failure)
            {
                throw new InvalidOperationException("mine");
            }
        }
    }
}
