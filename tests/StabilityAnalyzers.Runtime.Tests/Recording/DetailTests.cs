using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>What is recorded beside gradients, held against what TorchSharp itself says.</summary>
public class DetailTests
{
    [Fact]
    public void UpdatesOfSgd_AreTheLearningRateTimesTheGradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        Train(recorder, model, optim.SGD(model.parameters(), 0.25), 3);

        Assert.All(recorder.LastRecord!.Parameters, parameter =>
        {
            Assert.Equal(0.25 * parameter.Gradient!.Value.L2, parameter.Update!.Value.L2, 1e-5 * parameter.Update.Value.L2);
            Assert.True(parameter.WeightNorm > 0);
        });
    }

    [Fact]
    public void UpdatesAndActivations_AreSampled()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp(activation: () => ReLU());
        var records = new List<StepRecord>();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        recorder.StepRecorded += (_, record) => records.Add(record);
        Train(recorder, model, optim.SGD(model.parameters(), 0.1), 41, batch: 64);

        Assert.Equal([0, 10, 20, 30, 40], records.Where(record => record.Parameters[0].Update is not null).Select(record => record.Step));
        Assert.Equal([10, 30], records.Where(record => record.Activations.Count > 0).Select(record => record.Step));
        Assert.Equal(10, records.Count(record => record.Layers[0].Output is not null));
        Assert.All(records[10].Activations, activation => Assert.Equal((16, 128), (activation.Units, activation.Samples)));
        Assert.Single(records, record => record.Input is not null);
    }

    [Fact]
    public void RecordWithoutTheOptimizer_HasNoUpdates()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        TestModels.Backward(model, randn(8, 4), randint(0, 3, 8, int64));

        Assert.All(recorder.Record()!.Parameters, parameter => Assert.Null(parameter.Update));
    }

    [Fact]
    public void DeadUnits_AreThoseThatAreZeroForEverySample()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp(depth: 1, activation: () => ReLU());
        var first = (Linear)model[0];
        using (no_grad())
        {
            first.bias!.index_put_(tensor(-100f), TensorIndex.Slice(0, 5));
        }

        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        Train(recorder, model, optim.SGD(model.parameters(), 1e-6), 4, batch: 25);

        ActivationRecord activation = Assert.Single(recorder.LastRecord!.Activations);
        Assert.Equal(new ActivationRecord("act0", "ReLU", "fc0", 16, 100, DeadUnits: 5), activation);
    }

    [Fact]
    public void DeadChannelsOfAConvolution_AreCounted()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.ConvolutionNet();
        using (no_grad())
        {
            ((Conv2d)model[0]).bias!.index_put_(tensor(-100f), TensorIndex.Single(2));
        }

        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        Tensor input = randn(100, 1, 8, 8);
        recorder.Record(TestModels.Backward(model, input, randint(0, 3, 100, int64)));

        Tensor first = functional.relu(((Conv2d)model[0]).forward(input));
        Tensor second = functional.relu(((Conv2d)model[3]).forward(functional.max_pool2d(first, 2)));
        Assert.Equal(1, Dead(first));
        Assert.Equal(
            [new ActivationRecord("relu1", "ReLU", "conv1", 4, 100, 1), new ActivationRecord("relu2", "ReLU", "conv2", 8, 100, Dead(second))],
            recorder.LastRecord!.Activations);

        static long Dead(Tensor output) => output.amax([0, 2, 3]).eq(0).sum().item<long>();
    }

    [Theory]
    [InlineData(5.98, 0)]
    [InlineData(6.0, 16)]
    public void SaturatedSigmoids_AreThoseBeyond599(double input, long expected)
    {
        Assert.Equal(expected, Saturated(Sigmoid(), input));
    }

    [Theory]
    [InlineData(2.98, 0)]
    [InlineData(3.0, 16)]
    public void SaturatedTanhs_AreThoseBeyond299(double input, long expected)
    {
        Assert.Equal(expected, Saturated(Tanh(), input));
    }

    [Fact]
    public void OneActivationBehindTwoLayers_IsTwoRecords()
    {
        using DisposeScope scope = NewDisposeScope();
        ReLU shared = ReLU();
        Sequential model = Sequential(("a", Linear(4, 16)), ("r1", shared), ("b", Linear(16, 8)), ("r2", shared), ("head", Linear(8, 3)));
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        Train(recorder, model, optim.SGD(model.parameters(), 0.1), 1, batch: 128);

        Assert.Equal(
            [("a", 16L), ("b", 8L)], recorder.LastRecord!.Activations.Select(activation => (activation.Layer!, activation.Units)));
    }

    [Fact]
    public void RearrangedUnits_AreNotCounted()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = Sequential(("fc", Linear(4, 64)), ("maps", Unflatten(1, [4L, 4, 4])), ("relu", ReLU()), ("flat", Flatten()), ("head", Linear(64, 3)));
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        Train(recorder, model, optim.SGD(model.parameters(), 0.1), 1, batch: 128);

        Assert.Empty(recorder.LastRecord!.Activations);
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void OutputsInputAndSpread_AreWhatTorchSharpSays()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp(depth: 1);
        Tensor input = randn(32, 4) * 3 + 1;
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        TestModels.Backward(model, input, randint(0, 3, 32, int64));
        StepRecord record = recorder.Record()!;

        Tensor hidden = ((Linear)model[0]).forward(input);
        Tensor output = model.forward(input);
        Assert.Equal(input.std(unbiased: false).ToDouble(), record.Input!.Value.Std, 1e-5);
        Assert.Equal(hidden.std(unbiased: false).ToDouble(), record.Layers[0].Output!.Value.Std, 1e-5);
        double spread = (output - output.mean([0], keepdim: true)).square().mean().sqrt().ToDouble() / output.square().mean().sqrt().ToDouble();
        Assert.Equal(spread, record.OutputSpread!.Value, 1e-5);
    }

    [Fact]
    public void InputThatIsNormalisedOrNoFloat_IsNotJudged()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential normalised = Sequential(("norm", BatchNorm1d(4)), ("fc", Linear(4, 3)));
        using (var recorder = GradientRecorder.Attach(normalised, TestModels.EveryDetail))
        {
            TestModels.Backward(normalised, randn(32, 4) * 1000, randint(0, 3, 32, int64));
            Assert.Null(recorder.Record()!.Input);
        }

        Sequential embedded = Sequential(("embedding", Embedding(10, 8)), ("flat", Flatten()), ("head", Linear(16, 3)));
        using (var recorder = GradientRecorder.Attach(embedded, TestModels.EveryDetail))
        {
            TestModels.Backward(embedded, randint(0, 10, [32, 2], int64), randint(0, 3, 32, int64));
            Assert.Null(recorder.Record()!.Input);
            Assert.Empty(recorder.Problems);
        }
    }

    [Fact]
    public void ErrorSignalAtTheLastCallOfACell_IsKept()
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new CellClassifier();
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        TestModels.Backward(model, randn(8, 12, 4), randint(0, 3, 8, int64));
        LayerRecord cell = recorder.Record()!.Layers.Single(layer => layer.Path == "cell");
        LayerRecord head = recorder.LastRecord!.Layers.Single(layer => layer.Path == "head");

        // The last state enters the head alone: its error signal is that of the head times the head's weight.
        Assert.Equal(12, cell.Calls);
        Assert.True(cell.LastErrorSignal!.Value.L2 > cell.ErrorSignal!.Value.L2);
        using Tensor weight = model.get_parameter("head.weight")!.detach();
        Assert.True(cell.LastErrorSignal.Value.L2 <= head.ErrorSignal!.Value.L2 * weight.norm().ToDouble());
    }

    [Fact]
    public void ValidationLoss_IsPartOfTheNextRecord()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        recorder.RecordValidation(0.75);

        Assert.Equal(0.75, recorder.Record()!.ValidationLoss);
        Assert.Null(recorder.Record()!.ValidationLoss);
    }

    [Fact]
    public void WeightThatIsNotFinite_HasNoFiniteNorm()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using (no_grad())
        {
            ((Linear)model[2]).weight!.index_put_(tensor(float.NaN), TensorIndex.Single(0), TensorIndex.Single(0));
        }

        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        recorder.Record(TestModels.Backward(model, randn(8, 4), randint(0, 3, 8, int64)));

        Assert.Equal("fc1.weight", Assert.Single(recorder.Findings, finding => finding.RuleId == RuleIds.NonFinite).Layer);
    }

    [Fact]
    public void CallbackThatThrows_HarmsNobodyAndIsTold()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        int calls = 0;
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail with
        {
            OnFinding = _ =>
            {
                calls++;
                throw new InvalidOperationException("alert");
            },
        });
        using optim.Optimizer optimizer = optim.SGD(model.parameters(), 0.1);
        Tensor loss = (model.call(randn(2, 4)) * float.NaN).sum();
        loss.backward();
        recorder.Step(optimizer, loss);

        Assert.Equal(recorder.Findings.Count, calls);
        Assert.NotEmpty(recorder.Findings);
        Assert.Equal("alert", recorder.Problems.Single(problem => problem.Part == "finding callback").Message);
    }

    [Fact]
    public void OptimizerThatThrows_ThrowsAndTheStepIsRecorded()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        Tensor loss = TestModels.Backward(model, randn(8, 4), randint(0, 3, 8, int64));

        Assert.Throws<InvalidOperationException>(() => recorder.StepAround(() => throw new InvalidOperationException(), loss));
        Assert.Equal(0, recorder.LastRecord!.Step);
    }

    [Fact]
    public void PresetOfThresholds_IsUsed()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail with { Detection = DetectorPreset.Of(InitialLossOptions.CrossEntropy(3)) });
        recorder.Record(tensor(50.0));

        Assert.Equal(RuleIds.InitialLoss, Assert.Single(recorder.Findings).RuleId);
    }

    [Fact]
    public void ParameterThatTheOptimizerDoesNotHave_IsFound()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Train(recorder, model, optim.Adam(model.parameters().Skip(2), 0.01), 60);

        Assert.Equal(
            ["fc0.weight", "fc0.bias"], recorder.Findings.Where(finding => finding.RuleId == RuleIds.UnchangedParameter).Select(finding => finding.Layer));
        Assert.Empty(recorder.Problems);
    }

    private static long? Saturated(Module<Tensor, Tensor> activation, double value)
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp(depth: 1, activation: () => activation);
        var first = (Linear)model[0];
        using (no_grad())
        {
            first.weight!.zero_();
            first.bias!.fill_(value);
        }

        using var recorder = GradientRecorder.Attach(model, TestModels.EveryDetail);
        TestModels.Backward(model, randn(100, 4), randint(0, 3, 100, int64));
        return Assert.Single(recorder.Record()!.Activations).SaturatedUnits;
    }

    private static void Train(GradientRecorder recorder, Module<Tensor, Tensor> model, optim.Optimizer optimizer, int steps, int batch = 8)
    {
        using optim.Optimizer owned = optimizer;
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope iteration = NewDisposeScope();
            optimizer.zero_grad();
            recorder.Step(optimizer, TestModels.Backward(model, randn(batch, 4), randint(0, 3, batch, int64)));
        }
    }
}
