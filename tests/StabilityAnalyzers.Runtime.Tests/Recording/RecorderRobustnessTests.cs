using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>What must not happen: an exception in the training, a tensor that stays, a file in the way.</summary>
public class RecorderRobustnessTests
{
    [Theory]
    [InlineData("mlp")]
    [InlineData("in place")]
    [InlineData("convolution")]
    [InlineData("cell")]
    [InlineData("lstm")]
    [InlineData("forward")]
    public void LiveTensorsStayFlat(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Module<Tensor, Tensor> model = kind switch
        {
            "in place" => TestModels.Mlp(activation: () => ReLU(inplace: true)),
            "convolution" => TestModels.ConvolutionNet(),
            "cell" => new CellClassifier(),
            "lstm" => new SequenceClassifier(),
            "forward" => new HandWritten(useCall: false),
            _ => TestModels.Mlp(),
        };
        Tensor input = kind switch { "convolution" => randn(8, 1, 8, 8), "cell" or "lstm" => randn(8, 5, 4), _ => randn(8, 4) };
        Tensor target = randint(0, 3, 8, int64);
        using optim.Optimizer optimizer = optim.SGD(model.parameters(), 0.01);
        using (var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail))
        {
            long after10 = 0;
            for (int step = 0; step < 2000; step++)
            {
                using DisposeScope iteration = NewDisposeScope();
                optimizer.zero_grad();
                recorder.Step(optimizer, TestModels.Backward(model, input, target));
                iteration.Dispose();
                if (step == 10)
                {
                    Settle();
                    after10 = Tensor.TotalCount;
                }
            }

            Settle();
            Assert.Equal(after10, Tensor.TotalCount);
            Assert.Equal(2000, recorder.StepCount);
        }
    }

    [Fact]
    public void NothingStaysWithoutAnyUserScope()
    {
        Module<Tensor, Tensor> model = TestModels.Mlp();
        using Tensor input = randn(8, 4);
        using Tensor target = randint(0, 3, 8, int64);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        using (TestModels.Backward(model, input, target))
        {
            recorder.Record();
        }

        Settle();
        long before = Tensor.TotalCount;
        for (int step = 0; step < 50; step++)
        {
            using Tensor loss = TestModels.Backward(model, input, target);
            recorder.Record(loss);
            Assert.True(step == 0 || recorder.LastRecord!.Layers.Count == 4);
        }

        // Without a collection: everything is given back at once.
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void PassesThatAreNeverRecordedDoNotPileUp()
    {
        foreach (Module<Tensor, Tensor> model in new Module<Tensor, Tensor>[] { TestModels.Mlp(), new HandWritten(useCall: true) })
        {
            using Tensor input = randn(8, 4);
            Settle();
            long before = Tensor.TotalCount;
            using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
            for (int pass = 0; pass < 200; pass++)
            {
                // forward of the model itself: its own hooks do not run.
                using Tensor output = model.forward(input);
            }

            Settle();

            // The first and the last output of each layer at most, and those of the traced pass.
            Assert.InRange(Tensor.TotalCount - before, 0, 30);
            recorder.Dispose();
            Settle();
            Assert.Equal(before, Tensor.TotalCount);
            GC.KeepAlive(model);
        }
    }

    [Fact]
    public void DisposingGivesEverythingBackInTheMiddleOfAStep()
    {
        Module<Tensor, Tensor> model = TestModels.Mlp();
        using Tensor input = randn(8, 4);
        Settle();
        long before = Tensor.TotalCount;
        var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        using (model.call(input))
        {
            recorder.Dispose();
            recorder.Dispose();
        }

        Settle();
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Null(recorder.Record());
        using (model.call(input))
        {
            Settle();
            Assert.Equal(before + 1, Tensor.TotalCount);
        }
    }

    [Fact]
    public void AModelWithoutParameters()
    {
        using DisposeScope scope = NewDisposeScope();
        using var recorder = GradientRecorder.Attach(Sequential(ReLU(), Flatten()), TestModels.InMemory);
        StepRecord? record = recorder.Record(tensor(1.0));
        Assert.NotNull(record);
        Assert.Empty(record.Parameters);
        Assert.Empty(record.Layers);
        Assert.Empty(recorder.Problems);
        Assert.Empty(recorder.Findings);
    }

    [Fact]
    public void AnEmptySequentialAndASingleLayer()
    {
        using DisposeScope scope = NewDisposeScope();
        using (var recorder = GradientRecorder.Attach(Sequential(), TestModels.InMemory))
        {
            Assert.NotNull(recorder.Record());
        }

        Linear linear = Linear(4, 2);
        using (var recorder = GradientRecorder.Attach(linear, TestModels.InMemory))
        {
            linear.call(randn(3, 4)).sum().backward();
            StepRecord? record = recorder.Record();
            LayerRecord layer = Assert.Single(record!.Layers);
            Assert.Equal("", layer.Path);
            Assert.Equal(1, layer.ErrorSignal!.Value.Mean);
            Assert.Equal(["weight", "bias"], record.Parameters.Select(parameter => parameter.Path));
            Assert.Empty(recorder.Problems);
        }
    }

    [Fact]
    public void RecordWithoutBackward()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Assert.All(recorder.Record()!.Parameters, parameter => Assert.Null(parameter.Gradient));
        model.call(randn(2, 4));
        StepRecord record = recorder.Record()!;
        Assert.All(record.Parameters, parameter => Assert.Null(parameter.Gradient));
        Assert.All(record.Layers, layer => Assert.Null(layer.ErrorSignal));
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void FrozenAndUnreachedParametersHaveNoGradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        foreach (Parameter parameter in ((Linear)model[0]).parameters())
        {
            parameter.requires_grad = false;
        }

        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        ((Linear)model[6]).call(randn(2, 16)).sum().backward();
        StepRecord record = recorder.Record()!;
        ParameterRecord frozen = record.Parameters.Single(parameter => parameter.Path == "fc0.weight");
        Assert.Null(frozen.Gradient);
        Assert.False(frozen.RequiresGrad);
        ParameterRecord unreached = record.Parameters.Single(parameter => parameter.Path == "fc1.weight");
        Assert.Null(unreached.Gradient);
        Assert.True(unreached.RequiresGrad);
        Assert.NotNull(record.Parameters.Single(parameter => parameter.Path == "head.weight").Gradient);
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void ASharedParameterIsRecordedOnce()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear shared = Linear(4, 4);
        Sequential model = Sequential(("a", shared), ("b", shared));
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        model.call(randn(2, 4)).sum().backward();
        StepRecord record = recorder.Record()!;
        Assert.Equal(["a.weight", "a.bias"], record.Parameters.Select(parameter => parameter.Path));
        LayerRecord layer = Assert.Single(record.Layers);
        Assert.Equal(2, layer.Calls);
    }

    [Fact]
    public void NaNGradientIsCountedAndFound()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Finding? raised = null;
        recorder.FindingEstablished += (_, finding) => raised ??= finding;
        Tensor loss = (model.call(randn(2, 4)) * float.NaN).sum();
        loss.backward();
        StepRecord record = recorder.Record(loss)!;
        Assert.Equal(double.NaN, record.Loss);
        TensorStatistics gradient = record.Parameters[0].Gradient!.Value;
        Assert.Equal(gradient.Count, gradient.NonFiniteCount);
        Assert.Equal(RuleIds.NonFinite, raised?.RuleId);
        Assert.Contains(raised!, recorder.Findings);
    }

    [Theory]
    [InlineData("/proc/stability/run.db")]
    [InlineData("\0")]
    [InlineData("")]
    public void AnImpossiblePathOfTheRunFile(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, new RecorderOptions { RunFilePath = path });
        for (int step = 0; step < 3; step++)
        {
            Assert.NotNull(recorder.Record(TestModels.Backward(model, randn(2, 4), randint(0, 3, 2, int64))));
        }

        Assert.Null(recorder.RunFile);
        Assert.Single(recorder.Problems, problem => problem.Part.StartsWith("run file", StringComparison.Ordinal));
    }

    [Fact]
    public void ADisposedModel()
    {
        Sequential model = TestModels.Mlp();
        var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        model.Dispose();
        recorder.Record();
        recorder.Dispose();
        using var late = GradientRecorder.Attach(model, TestModels.InMemory);
        late.Record();
    }

    [Fact]
    public void ADisposedLossAndALossOfManyElements()
    {
        using DisposeScope scope = NewDisposeScope();
        using var recorder = GradientRecorder.Attach(TestModels.Mlp(), TestModels.InMemory);
        Tensor disposed = tensor(1.0);
        disposed.Dispose();
        Assert.Null(recorder.Record(disposed)!.Loss);
        Assert.Null(recorder.Record(randn(3))!.Loss);
        Assert.Equal(2.5, recorder.Record(tensor(2.5f))!.Loss);
        Assert.Single(recorder.Problems, problem => problem.Part == "loss");
    }

    [Fact]
    public void WhatHandlersThrowStaysWithThem()
    {
        using DisposeScope scope = NewDisposeScope();
        using var recorder = GradientRecorder.Attach(TestModels.Mlp(), TestModels.InMemory);
        bool second = false;
        recorder.StepRecorded += (_, _) => throw new InvalidOperationException("mine");
        recorder.StepRecorded += (_, _) => second = true;
        Assert.NotNull(recorder.Record());
        Assert.True(second);
        Assert.Equal("mine", Assert.Single(recorder.Problems).Message);
    }

    [Fact]
    public void WhatTheOptimizerThrowsIsTheUsersToSee()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        optim.Optimizer optimizer = optim.SGD(model.parameters(), 0.1);
        Assert.Throws<NotImplementedException>(() => recorder.Step(optimizer, () => throw new NotImplementedException()));
    }

    [Fact]
    public void TwoRecordersOnOneModelAgree()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp(activation: () => ReLU(inplace: true));
        using var first = GradientRecorder.Attach(model, TestModels.InMemory);
        using var second = GradientRecorder.Attach(model, TestModels.InMemory);
        for (int step = 0; step < 3; step++)
        {
            Tensor loss = TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64));
            StepRecord a = first.Record(loss)!;
            StepRecord b = second.Record(loss)!;
            Assert.Equal(a.Parameters, b.Parameters);
            Assert.Equal(a.Layers, b.Layers);
            Assert.Equal(step > 0, a.Layers.All(layer => layer.ErrorSignal is not null));
        }
    }

    [Fact]
    public void ModelsOnSeveralThreadsHaveStatesOfTheirOwn()
    {
        Parallel.For(0, 4, _ =>
        {
            using DisposeScope scope = NewDisposeScope();
            Sequential model = TestModels.Mlp();
            using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
            for (int step = 0; step < 100; step++)
            {
                using DisposeScope iteration = NewDisposeScope();
                recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)));
                Assert.All(recorder.LastRecord!.Layers, layer => Assert.NotNull(layer.ErrorSignal));
            }

            Assert.Equal(100, recorder.StepCount);
            Assert.Empty(recorder.Problems);
        });
    }

    [Fact]
    public void TheRunFileHoldsWhatWasRecorded()
    {
        using DisposeScope scope = NewDisposeScope();
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + RunLogLocation.Extension);
        try
        {
            Sequential model = TestModels.Mlp();
            var records = new List<StepRecord>();
            using (var recorder = GradientRecorder.Attach(model, new RecorderOptions { RunFilePath = path }))
            {
                Assert.Null(recorder.RunFile);
                for (int step = 0; step < 20; step++)
                {
                    records.Add(recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)))!);
                }

                Assert.Equal(path, recorder.RunFile);
                Assert.Empty(recorder.Prediction!.Graph.Unknowns);
            }

            using RunLogReader reader = RunLogReader.Open(path);
            StepRecord[] read = reader.ReadSteps().ToArray();
            Assert.Equal(records.Select(record => record.Loss), read.Select(record => record.Loss));
            Assert.Equal(records.SelectMany(record => record.Layers).Select(layer => layer.ErrorSignal!.Value.Count), read.SelectMany(record => record.Layers).Select(layer => layer.ErrorSignal!.Value.Count));
            Assert.Equal(["fc0", "fc1", "fc2", "head"], reader.Run.Layers.Select(layer => layer.Path));
            Assert.All(reader.Run.Layers, layer => Assert.NotNull(layer.GradientRatio));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Tensors that nothing refers to any more go with the collection.</summary>
    private static void Settle()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
