using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>What is not known is unknown, and never guessed; what is known is predicted as it is then measured.</summary>
public class LiveModelGraphTests
{
    [Theory]
    [InlineData("functional activation")]
    [InlineData("in place between modules")]
    [InlineData("functional residual")]
    [InlineData("functional at the end")]
    [InlineData("model called through forward")]
    public void WhatIsComputedBetweenTheModulesIsUnknown(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new Custom(kind);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Tensor x = randn(64, 8);
        Tensor output = kind == "model called through forward" ? model.forward(x) : model.call(x);
        output.pow(2).mean().backward();
        recorder.Record();
        LayerInfo fc0 = recorder.Run.Layers.Single(layer => layer.Path == "fc0");
        Assert.Null(fc0.GradientRatio);
        Assert.Null(fc0.DepthFactor);
        Assert.NotEmpty(recorder.Prediction!.Graph.Unknowns);
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void AModelThatIsAChainOfModulesIsKnownAfterItsFirstPass()
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new HandWritten(useCall: true);
        Assert.Contains("HandWritten", Assert.Single(LiveModelGraph.From(model).Unknowns));
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Assert.False(recorder.Prediction!.IsComplete);
        recorder.Record(TestModels.Backward(model, randn(64, 4) * 2, randint(0, 3, 64, int64)));
        GradientFlow.Prediction prediction = recorder.Prediction!;
        Assert.True(prediction.IsComplete);
        Assert.Equal(["fc0", "fc1", "head"], prediction.Layers.Select(layer => layer.Path));

        // The moments of the input are those of the data.
        InputOperation input = Assert.IsType<InputOperation>(prediction.Graph.Nodes[0].Operation);
        Assert.InRange(input.SecondMoment, 3, 5);
        Assert.Equal(["Input", "Linear", "tanh", "Linear", "tanh", "Linear"], prediction.Graph.Nodes.Select(node => node.Operation.Kind));
    }

    [Fact]
    public void ATracedSequentialIsTheStructuralOne()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = Sequential(
            ("stem", Sequential(Conv2d(1, 4, 3, stride: 2, padding: 1), ReLU())),
            ("pool", AvgPool2d(2)),
            ("flatten", Flatten()),
            ("drop", Dropout(0.25)),
            ("norm", LayerNorm(16)),
            ("head", Linear(16, 3)));
        ModelGraph structure = LiveModelGraph.From(model);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        recorder.Record(TestModels.Backward(model, randn(8, 1, 8, 8), randint(0, 3, 8, int64)));
        ModelGraph traced = recorder.Prediction!.Graph;
        Assert.Equal(structure.Nodes.Skip(1).Select(node => (node.Path, node.Operation)), traced.Nodes.Skip(1).Select(node => (node.Path, node.Operation)));
        Assert.Equal(["stem.0", "head"], recorder.Run.Layers.Select(layer => layer.Path));
        var convolution = Assert.IsType<ConvolutionOperation>(traced.Nodes[1].Operation);
        Assert.Equal((2, 1L, 4L, 9L, 4L, 1L, false), (convolution.Dimensions, convolution.InChannels, convolution.OutChannels, convolution.KernelElements, convolution.StrideElements, convolution.Groups, convolution.Transposed));
    }

    [Theory]
    [InlineData("sigmoid", 6)]
    [InlineData("tanh", 10)]
    [InlineData("relu", 10)]
    [InlineData("in place", 10)]
    [InlineData("gelu", 6)]
    public void TheMeasuredRatioIsNearThePredictedOne(string kind, int depth)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(31);
        var decades = new List<double>();
        for (int seed = 0; seed < 3; seed++)
        {
            Sequential model = TestModels.Mlp(depth, width: 96, () => kind switch
            {
                "sigmoid" => Sigmoid(),
                "tanh" => Tanh(),
                "gelu" => GELU(),
                _ => ReLU(inplace: kind == "in place"),
            });
            using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
            for (int step = 0; step < 2; step++)
            {
                recorder.Record(TestModels.Backward(model, randn(256, 4), randint(0, 3, 256, int64)));
            }

            LayerSummary first = recorder.Summary.Layers[0];
            Assert.Equal("fc0", first.Path);
            decades.Add(first.DecadesOff!.Value);
        }

        Assert.InRange(decades.Average(), -0.3, 0.3);
    }

    [Fact]
    public void EveryActivationModuleIsTheActivationThatItComputes()
    {
        using DisposeScope scope = NewDisposeScope();
        Module<Tensor, Tensor>[] modules =
        [
            ReLU(), ReLU6(), Sigmoid(), Tanh(), LogSigmoid(), SELU(), GELU(), SiLU(), Mish(), Hardswish(), Hardsigmoid(), Softsign(), Tanhshrink(),
            LeakyReLU(0.2), PReLU(1, 0.3), ELU(0.7), CELU(1.3), Softplus(2), Hardtanh(-0.5, 2, inplace: true), Hardshrink(0.4), Softshrink(0.6), Threshold(0.1, -3),
        ];
        Tensor x = linspace(-4.05, 4, 161, float32);
        double[] arguments = x.to_type(float64).data<double>().ToArray();
        foreach (Module<Tensor, Tensor> module in modules)
        {
            Activation? activation = ModuleOperations.ActivationOf(module);
            Assert.NotNull(activation);
            double[] values = module.call(x.clone()).to_type(float64).detach().data<double>().ToArray();
            for (int i = 0; i < values.Length; i++)
            {
                Assert.True(Math.Abs(values[i] - activation.Value(arguments[i])) < 2e-5, $"{module.GetType().Name} at {arguments[i]}: {values[i]}, {activation.Value(arguments[i])}");
            }
        }

        // Whoever makes it work out of place will find it here.
        Assert.Equal(arguments, Hardtanh(-0.5, 2).call(x).to_type(float64).data<double>().ToArray());
        foreach (Module<Tensor, Tensor> other in new Module<Tensor, Tensor>[] { Hardtanh(), Softmax(1), LogSoftmax(1), GLU(), Identity(), Linear(2, 2) })
        {
            Assert.Null(ModuleOperations.ActivationOf(other));
        }
    }

    [Fact]
    public void TrainedNormalizationsAndEvaluationModeAreUnknown()
    {
        using DisposeScope scope = NewDisposeScope();
        BatchNorm1d norm = BatchNorm1d(4);
        Assert.IsType<NormalizationOperation>(ModuleOperations.Of(norm));
        norm.eval();
        Assert.IsType<UnknownOperation>(ModuleOperations.Of(norm));
        norm.train();
        using (no_grad())
        {
            norm.weight!.mul_(2);
        }

        Assert.IsType<UnknownOperation>(ModuleOperations.Of(norm));
        Assert.IsType<UnknownOperation>(ModuleOperations.Of(GroupNorm(2, 4)));
        Assert.IsType<UnknownOperation>(ModuleOperations.Of(MultiheadAttention(4, 2)));
    }

    [Fact]
    public void AnInitialiserWithAMeanIsNotTakenForOneWithout()
    {
        using DisposeScope scope = NewDisposeScope();
        Linear linear = Linear(64, 64);
        Assert.Equal(0, WeightMoments.Of(linear.weight).Mean);
        Assert.Equal(1 / 3.0, 64 * WeightMoments.Of(linear.weight).Variance(default)!.Value, 0.02);
        init.uniform_(linear.weight, 0, 0.1);
        Assert.Equal(0.05, WeightMoments.Of(linear.weight).Mean!.Value, 0.002);
        init.constant_(linear.weight, float.NaN);
        Assert.Null(WeightMoments.Of(linear.weight).Mean);
    }

    private sealed class Custom : Module<Tensor, Tensor>
    {
        private readonly string _kind;
        private readonly Linear fc0 = Linear(8, 32);
        private readonly Linear fc1 = Linear(32, 32);
        private readonly Linear head = Linear(32, 32);
        private readonly Tanh tanh = Tanh();

        public Custom(string kind)
            : base("Custom")
        {
            _kind = kind;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor first = fc0.call(input);
            return _kind switch
            {
                "functional activation" => head.call(fc1.call(first.tanh())),
                "in place between modules" => head.call(fc1.call(first.relu_())),
                "functional residual" => head.call(first + fc1.call(tanh.call(first))),
                "functional at the end" => head.call(fc1.call(tanh.call(first))) + first,
                _ => head.call(fc1.call(tanh.call(first))),
            };
        }
    }
}
