using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>The error signal at layer outputs is what it should be, whatever the model does with its tensors.</summary>
public class ErrorSignalTests
{
    [Fact]
    public void TheMeasuredRatioIsThatOfTheChainRule()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(21);
        const int Samples = 7, Inputs = 5, Hidden = 9, Outputs = 4;
        Linear first = Linear(Inputs, Hidden, dtype: float64);
        Linear last = Linear(Hidden, Outputs, dtype: float64);
        Tensor x = randn(Samples, Inputs, float64);
        Tensor t = randn(Samples, Outputs, float64);
        Sequential model = Sequential(("first", first), ("tanh", Tanh()), ("last", last));
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        functional.mse_loss(model.call(x), t).backward();
        StepRecord record = recorder.Record()!;

        // L = mean (y - t)^2, y = W2 tanh(W1 x + b1) + b2: delta2 = 2 (y - t) / n, delta1 = W2' delta2 * (1 - tanh^2).
        double[] w1 = Values(first.weight), b1 = Values(first.bias!), w2 = Values(last.weight), b2 = Values(last.bias!), xs = Values(x), ts = Values(t);
        var delta1 = new List<double>();
        var delta2 = new List<double>();
        for (int n = 0; n < Samples; n++)
        {
            double[] h = Enumerable.Range(0, Hidden).Select(i => Math.Tanh(b1[i] + Enumerable.Range(0, Inputs).Sum(j => w1[i * Inputs + j] * xs[n * Inputs + j]))).ToArray();
            double[] d2 = Enumerable.Range(0, Outputs).Select(i =>
                2 * (b2[i] + Enumerable.Range(0, Hidden).Sum(j => w2[i * Hidden + j] * h[j]) - ts[n * Outputs + i]) / (Samples * Outputs)).ToArray();
            delta2.AddRange(d2);
            delta1.AddRange(Enumerable.Range(0, Hidden).Select(j => Enumerable.Range(0, Outputs).Sum(i => w2[i * Hidden + j] * d2[i]) * (1 - h[j] * h[j])));
        }

        Assert.Equal(["first", "last"], record.Layers.Select(layer => layer.Path));
        ReferenceStatistics.AssertRounded(ReferenceStatistics.Of(delta1), record.Layers[0].ErrorSignal!.Value, 1e-12);
        ReferenceStatistics.AssertRounded(ReferenceStatistics.Of(delta2), record.Layers[1].ErrorSignal!.Value, 1e-12);
        double ratio = GradientProfile.Of(recorder.Run, record).First!.MeasuredRatio!.Value;
        Assert.Equal(Rms(delta1) / Rms(delta2), ratio, 1e-12);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("leaky relu")]
    [InlineData("functional")]
    public void BehindAnInPlaceActivationTheGradientOfThePreActivationIsMeasured(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Module<Tensor, Tensor> Make(bool inPlace)
        {
            manual_seed(22);
            return kind == "functional" ? new InPlaceFunctional(inPlace)
                : TestModels.Mlp(activation: () => kind == "relu" ? ReLU(inPlace) : LeakyReLU(0.1, inPlace));
        }

        Module<Tensor, Tensor> changing = Make(inPlace: true);
        Module<Tensor, Tensor> plain = Make(inPlace: false);
        using var ofChanging = GradientRecorder.Attach(changing, TestModels.InMemory);
        using var ofPlain = GradientRecorder.Attach(plain, TestModels.InMemory);
        for (int step = 0; step < 4; step++)
        {
            Tensor x = randn(8, 4);
            Tensor y = randint(0, 3, 8, int64);
            StepRecord a = ofChanging.Record(TestModels.Backward(changing, x, y))!;
            StepRecord b = ofPlain.Record(TestModels.Backward(plain, x, y))!;
            Assert.Equal(b.Parameters, a.Parameters);
            if (step == 0)
            {
                // The change is found out; what was retained in this pass is not the error signal, and is not shown as it.
                Assert.All(a.Layers.SkipLast(1), layer => Assert.Null(layer.ErrorSignal));
            }
            else
            {
                Assert.Equal(b.Layers, a.Layers);
            }
        }
    }

    [Fact]
    public void AScopeOfTheUsersOwnInForwardDoesNotMatter()
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new HandWritten(useCall: true);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        StepRecord record = recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)))!;
        Assert.Equal(["fc0", "fc1", "head"], record.Layers.Select(layer => layer.Path));
        Assert.All(record.Layers, layer => Assert.NotNull(layer.ErrorSignal));
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void LayersThatAreCalledThroughForwardAreToldOnce()
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new HandWritten(useCall: false);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        for (int step = 0; step < 5; step++)
        {
            StepRecord record = recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)))!;
            Assert.Empty(record.Layers);
            Assert.All(record.Parameters, parameter => Assert.NotNull(parameter.Gradient));
        }

        RecorderProblem problem = Assert.Single(recorder.Problems);
        Assert.Equal("hooks", problem.Part);
        Assert.Contains("STAB5011", problem.Message);
        Assert.Contains("fc0, fc1, head", problem.Message);
    }

    [Fact]
    public void ABlockThatIsCalledThroughForwardHidesNothing()
    {
        // STAB5011 is silent about blocks for this reason, and knows the recorder by these names.
        Assert.Equal("StabilityAnalyzers.Runtime", typeof(GradientRecorder).Assembly.GetName().Name);
        Assert.Equal(["model", "options"], typeof(GradientRecorder).GetMethod(nameof(GradientRecorder.Attach))!.GetParameters().Select(parameter => parameter.Name));
        Assert.Equal((typeof(bool), true), (typeof(RecorderOptions).GetProperty("ErrorSignals")!.PropertyType, new RecorderOptions().ErrorSignals));

        using DisposeScope scope = NewDisposeScope();
        var model = new Nested();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        for (int step = 0; step < 3; step++)
        {
            StepRecord record = recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)))!;
            Assert.Equal(["block.fc0", "block.fc1", "block.head", "layers.0"], record.Layers.Select(layer => layer.Path));
            Assert.All(record.Layers, layer => Assert.NotNull(layer.ErrorSignal));
        }

        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void AttachedBetweenForwardAndBackwardNothingIsToldTooEarly()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        Tensor loss = functional.cross_entropy(model.call(randn(4, 4)), randint(0, 3, 4, int64));
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        loss.backward();
        Assert.Empty(recorder.Record(loss)!.Layers);
        Assert.Equal(4, recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)))!.Layers.Count);
        Assert.Empty(recorder.Problems);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EvaluationsInBetweenAreNotRecorded(bool underNoGradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Tensor x = randn(4, 4);
        Tensor y = randint(0, 3, 4, int64);
        LayerRecord[] alone = recorder.Record(TestModels.Backward(model, x, y))!.Layers.ToArray();

        void Evaluate()
        {
            using IDisposable? noGradient = underNoGradient ? no_grad() : null;
            model.eval();

            // forward: the model's own hook does not run, but those of its layers do.
            model.forward(randn(9, 4));
            model.train();
        }

        Evaluate();
        Tensor loss = functional.cross_entropy(model.forward(x), y);
        if (underNoGradient)
        {
            Evaluate();
        }

        loss.backward();
        LayerRecord[] between = recorder.Record(loss)!.Layers.ToArray();
        Assert.Equal(alone.Select(layer => layer.ErrorSignal), between.Select(layer => layer.ErrorSignal));
    }

    [Fact]
    public void TheFirstCallOfACellIsMeasuredAndTheCallsAreCounted()
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new CellClassifier();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        var outputs = new List<Tensor>();
        ((GRUCell)model.named_children().First().module).register_forward_hook((_, _, _, output) =>
        {
            outputs.Add(output.alias().DetachFromDisposeScope());
            outputs[^1].retain_grad();
            return output;
        });
        StepRecord record = recorder.Record(TestModels.Backward(model, randn(4, 6, 4), randint(0, 3, 4, int64)))!;
        LayerRecord cell = record.Layers[0];
        Assert.Equal(("cell", 6), (cell.Path, cell.Calls));
        Assert.Equal(TensorMeasurement.Measure(outputs[0].grad!), cell.ErrorSignal);
        Assert.NotEqual(TensorMeasurement.Measure(outputs[5].grad!), cell.ErrorSignal);
        Assert.Equal(("head", 1), (record.Layers[1].Path, record.Layers[1].Calls));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OfARecurrentLayerTheOutputThatIsUsedIsMeasured(bool useSequence)
    {
        using DisposeScope scope = NewDisposeScope();
        LSTM lstm = LSTM(4, 8);
        using var recorder = GradientRecorder.Attach(lstm, TestModels.InMemory);
        (Tensor output, Tensor h, _) = lstm.call(randn(5, 3, 4));
        (useSequence ? output : h).sum().backward();
        LayerRecord layer = Assert.Single(recorder.Record()!.Layers);
        Assert.Equal(useSequence ? 5 * 3 * 8 : 3 * 8, layer.ErrorSignal!.Value.Count);
        Assert.Equal("LSTM", Assert.Single(recorder.Run.Layers).Kind);
    }

    [Fact]
    public void GradientsOfSeveralPassesThatAddUp()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        for (int pass = 0; pass < 4; pass++)
        {
            TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64));
        }

        StepRecord record = recorder.Record()!;
        Assert.Equal(4, record.Layers.Count);
        Assert.All(record.Layers, layer => Assert.Equal((1, true), (layer.Calls, layer.ErrorSignal is not null)));
    }

    [Fact]
    public void ModulesOfEveryArityAndTuplesAreSeen()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(3, 2);
        var modules = new (nn.Module Module, Func<Tensor> Run)[]
        {
            Case(new Of1(), module => module.call(x)),
            Case(new Of2(), module => module.call(x, x)),
            Case(new Of3(), module => module.call(x, x, 2).Item1),
            Case(new Of4(), module => module.call(x, x, x, x).second),
            Case(new Of5(), module => module.call(x, x, x, x, null)[0]),
            Case(new Of6(), module => module.call(x, x, x, x, true, x).Item2.Item1),
        };
        foreach ((nn.Module module, Func<Tensor> run) in modules)
        {
            using var recorder = GradientRecorder.Attach(module, TestModels.InMemory);
            run().sum().backward();
            LayerRecord layer = Assert.Single(recorder.Record()!.Layers);
            Assert.Equal(1, layer.ErrorSignal!.Value.Mean);
            Assert.Empty(recorder.Problems);
        }

        static (nn.Module Module, Func<Tensor> Run) Case<T>(T module, Func<T, Tensor> run)
            where T : nn.Module => (module, () => run(module));
    }

    [Fact]
    public void NormalizationsAndActivationsAreNotWatched()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = Sequential(Linear(4, 8), BatchNorm1d(8), PReLU(1), LayerNorm(8), Linear(8, 3));
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        StepRecord record = recorder.Record(TestModels.Backward(model, randn(6, 4), randint(0, 3, 6, int64)))!;
        Assert.Equal(["0", "4"], record.Layers.Select(layer => layer.Path));
        Assert.Equal(9, record.Parameters.Count);
    }

    [Fact]
    public void WithoutErrorSignalsThereAreNoHooks()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory with { ErrorSignals = false });
        StepRecord record = recorder.Record(TestModels.Backward(model, randn(4, 4), randint(0, 3, 4, int64)))!;
        Assert.Empty(record.Layers);
        Assert.Equal(8, record.Parameters.Count);
        Assert.Null(recorder.Prediction);
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void AClosureIsRecordedOncePerStep()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] Train(bool isRecorded)
        {
            manual_seed(4);
            Sequential model = TestModels.Mlp();
            Tensor x = randn(16, 4);
            Tensor y = randint(0, 3, 16, int64);
            using optim.Optimizer optimizer = optim.LBFGS(model.parameters(), max_iter: 5);
            using GradientRecorder? recorder = isRecorded ? GradientRecorder.Attach(model, TestModels.InMemory) : null;
            Tensor Closure()
            {
                optimizer.zero_grad();
                return TestModels.Backward(model, x, y);
            }

            for (int step = 0; step < 5; step++)
            {
                if (recorder is null)
                {
                    optimizer.step(Closure);
                }
                else
                {
                    recorder.Step(optimizer, Closure);
                    Assert.Equal(step + 1, recorder.StepCount);
                    Assert.All(recorder.LastRecord!.Layers, layer => Assert.NotNull(layer.ErrorSignal));
                }
            }

            return TestModels.Weights(model);
        }

        Assert.Equal(Train(isRecorded: false), Train(isRecorded: true));
    }

    private static double[] Values(Tensor tensor) => tensor.detach().data<double>().ToArray();

    private static double Rms(List<double> values) => Math.Sqrt(values.Average(value => value * value));

    private sealed class InPlaceFunctional : Module<Tensor, Tensor>
    {
        private readonly bool _inPlace;
        private readonly Linear fc0 = Linear(4, 16);
        private readonly Linear fc1 = Linear(16, 16);
        private readonly Linear head = Linear(16, 3);

        public InPlaceFunctional(bool inPlace)
            : base("InPlaceFunctional")
        {
            _inPlace = inPlace;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => head.call(Activate(fc1.call(Activate(fc0.call(input)))));

        private Tensor Activate(Tensor tensor) => _inPlace ? tensor.relu_() : tensor.relu();
    }

    private sealed class Of1 : Module<Tensor, Tensor>
    {
        private readonly Parameter weight = Parameter(ones(2));

        public Of1()
            : base("Of1") => RegisterComponents();

        public override Tensor forward(Tensor a) => a * weight;
    }

    private sealed class Of2 : Module<Tensor, Tensor, Tensor>
    {
        private readonly Parameter weight = Parameter(ones(2));

        public Of2()
            : base("Of2") => RegisterComponents();

        public override Tensor forward(Tensor a, Tensor b) => a * weight + b;
    }

    private sealed class Of3 : Module<Tensor, Tensor, int, Tuple<Tensor, int>>
    {
        private readonly Parameter weight = Parameter(ones(2));

        public Of3()
            : base("Of3") => RegisterComponents();

        public override Tuple<Tensor, int> forward(Tensor a, Tensor b, int c) => Tuple.Create(a * weight * c + b, c);
    }

    private sealed class Of4 : Module<Tensor, Tensor, Tensor, Tensor, (string first, Tensor second)>
    {
        private readonly Parameter weight = Parameter(ones(2));

        public Of4()
            : base("Of4") => RegisterComponents();

        public override (string first, Tensor second) forward(Tensor a, Tensor b, Tensor c, Tensor d) => ("a", a * weight);
    }

    private sealed class Of5 : Module<Tensor, Tensor, Tensor, Tensor, string?, Tensor[]>
    {
        private readonly Parameter weight = Parameter(ones(2));

        public Of5()
            : base("Of5") => RegisterComponents();

        public override Tensor[] forward(Tensor a, Tensor b, Tensor c, Tensor d, string? e) => [a * weight];
    }

    private sealed class Of6 : Module<Tensor, Tensor, Tensor, Tensor, bool, Tensor, (int, (Tensor, Tensor))>
    {
        private readonly Parameter weight = Parameter(ones(2));

        public Of6()
            : base("Of6") => RegisterComponents();

        public override (int, (Tensor, Tensor)) forward(Tensor a, Tensor b, Tensor c, Tensor d, bool e, Tensor f) => (1, (a * weight, b));
    }

    private sealed class Nested : Module<Tensor, Tensor>
    {
        private readonly HandWritten block = new(useCall: true);
        private readonly Sequential layers = Sequential(Linear(3, 3), Tanh());

        public Nested()
            : base("Nested") => RegisterComponents();

        public override Tensor forward(Tensor input) => layers.forward(block.forward(input));
    }
}
