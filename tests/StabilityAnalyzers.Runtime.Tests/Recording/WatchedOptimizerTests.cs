using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>A watched optimizer is the optimizer, and records.</summary>
public class WatchedOptimizerTests
{
    private static readonly Dictionary<string, Func<nn.Module, optim.Optimizer>> s_optimizers = new()
    {
        ["SGD"] = model => SGD(model.parameters(), 0.05, momentum: 0.9),
        ["Adam"] = model => Adam(model.parameters(), 0.01),
        ["AdamW"] = model => AdamW(model.parameters(), 0.01),
        ["Adamax"] = model => Adamax(model.parameters(), 0.01),
        ["NAdam"] = model => NAdam(model.parameters(), 0.01),
        ["RAdam"] = model => RAdam(model.parameters(), 0.01),
        ["RMSProp"] = model => RMSProp(model.parameters(), 0.01, momentum: 0.5),
        ["ASGD"] = model => ASGD(model.parameters(), 0.01),
        ["Adadelta"] = model => Adadelta(model.parameters(), 0.5),
        ["Adagrad"] = model => Adagrad(model.parameters(), 0.05),
        ["Rprop"] = model => Rprop(model.parameters(), 0.01),
        ["LBFGS"] = model => LBFGS(model.parameters(), 0.1),
        ["Own"] = model => new PlainDescent(model.parameters()),
    };

    private static readonly Dictionary<string, Func<optim.Optimizer, LRScheduler>> s_schedulers = new()
    {
        ["StepLR"] = o => StepLR(o, 3),
        ["LambdaLR"] = o => LambdaLR(o, epoch => 1.0 / (1 + epoch)),
        ["MultiplicativeLR"] = o => MultiplicativeLR(o, _ => 0.9),
        ["MultiStepLR"] = o => MultiStepLR(o, [2, 5]),
        ["PolynomialLR"] = o => PolynomialLR(o),
        ["ExponentialLR"] = o => ExponentialLR(o),
        ["ConstantLR"] = o => ConstantLR(o),
        ["LinearLR"] = o => LinearLR(o),
        ["SequentialLR"] = o => SequentialLR(o, [ConstantLR(o, total_iters: 2), ExponentialLR(o, 0.9)], [4]),
        ["CosineAnnealingLR"] = o => CosineAnnealingLR(o, 6),
        ["ReduceLROnPlateau"] = o => ReduceLROnPlateau(o, patience: 1),
        ["CyclicLR"] = o => CyclicLR(o, 0.001, 0.1, step_size_up: 3, cycle_momentum: o is IMomentum),
        ["OneCycleLR"] = o => OneCycleLR(o, 0.1, total_steps: 20),
    };

    public static TheoryData<string> Optimizers => [.. s_optimizers.Keys];

    public static TheoryData<string, string> Schedulers
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string scheduler in s_schedulers.Keys)
            {
                cases.Add(scheduler, "SGD");
                cases.Add(scheduler, "Adam");
            }

            cases.Add("OneCycleLR", "RMSProp");
            cases.Add("OneCycleLR", "AdamW");
            cases.Add("StepLR", "ASGD");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void WeightsAreTheSameBitForBit(string name)
    {
        float[] without = Train(name, isWatched: false, null, out _, out _);
        float[] with = Train(name, isWatched: true, null, out _, out int records);
        Assert.Equal(without.Select(BitConverter.SingleToInt32Bits), with.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(20, records);
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public void SchedulersSetTheSameRates(string scheduler, string optimizer)
    {
        float[] without = Train(optimizer, isWatched: false, s_schedulers[scheduler], out List<double> ratesWithout, out _);
        float[] with = Train(optimizer, isWatched: true, s_schedulers[scheduler], out List<double> ratesWith, out _);
        Assert.Equal(ratesWithout, ratesWith);
        Assert.True(ratesWith.Distinct().Count() > 1);
        Assert.Equal(without.Select(BitConverter.SingleToInt32Bits), with.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData("SGD")]
    [InlineData("Adam")]
    [InlineData("RMSProp")]
    [InlineData("Adagrad")]
    public void AStateIsSavedAndLoadedWithAndWithoutRecorder(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        var plain = (OptimizerHelper)s_optimizers[name](model);
        OptimizerHelper watched = recorder.Watch((OptimizerHelper)s_optimizers[name](model));
        Step(model, watched);
        byte[] saved = Saved(watched);
        plain.load_state_dict(new BinaryReader(new MemoryStream(saved)));
        Assert.Equal(saved, Saved(plain));
        Step(model, plain);
        watched.load_state_dict(new BinaryReader(new MemoryStream(Saved(plain))));
        Assert.Equal(Saved(plain), Saved(watched));
        Assert.Equal(plain.state_dict().State.Count, watched.state_dict().State.Count);
        watched.load_state_dict(plain.state_dict());
        watched.to(CPU);
        Step(model, watched);
        Assert.NotEqual(Saved(plain), Saved(watched));
    }

    [Fact]
    public void ParameterGroupsAreThoseOfTheOptimizer()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using nn.Module<Tensor, Tensor> more = nn.Linear(2, 2);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        Adam inner = Adam(model.parameters(), 0.01);
        OptimizerHelper watched = recorder.Watch(inner);
        watched.add_param_group(new Adam.ParamGroup { Parameters = more.parameters() });
        Assert.Equal(2, inner.ParamGroups.Count());
        Assert.Equal(2, watched.ParamGroups.Count());
        Assert.Equal(inner.parameters().Count(), watched.parameters().Count());
        ((IBetas)watched).Betas = (0.8, 0.9);
        Assert.Equal((0.8, 0.9), inner.Betas);
        Step(model, watched);
        watched.zero_grad();
        Assert.All(model.parameters(), parameter => Assert.Equal(0, parameter.grad!.abs().max().ToDouble()));
        var state = (Adam.State)inner.state_dict().State[0];
        Assert.False(state.exp_avg.IsInvalid);
        watched.Dispose();
        Assert.True(state.exp_avg.IsInvalid);
    }

    [Fact]
    public void AStepIsRecordedOnce()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        OptimizerHelper twice = recorder.Watch(recorder.Watch(SGD(model.parameters(), 0.1)));
        Step(model, twice);
        Assert.Equal(1, recorder.StepCount);
        Backward(model);
        recorder.Step(twice);
        Assert.Equal(2, recorder.StepCount);
    }

    [Fact]
    public void AClosureIsRecordedWithItsLoss()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        optim.Optimizer watched = recorder.Watch(LBFGS(model.parameters(), 0.1));
        Assert.IsAssignableFrom<ILearningRateController>(watched);
        Step(model, watched);
        Assert.Equal(1, recorder.StepCount);
        Assert.NotNull(recorder.LastRecord!.Loss);
    }

    [Fact]
    public void WithoutTheRecorderTheStepGoesOn()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        OptimizerHelper watched = recorder.Watch(SGD(model.parameters(), 0.1));
        recorder.Dispose();
        float[] before = TestModels.Weights(model);
        Step(model, watched);
        Assert.NotEqual(before, TestModels.Weights(model));
        Assert.Equal(0, recorder.StepCount);
        Assert.Throws<ArgumentNullException>(() => recorder.Watch((OptimizerHelper)null!));
        Assert.Throws<ArgumentNullException>(() => recorder.Watch((optim.Optimizer)null!));
    }

    [Fact]
    public void WhatAStepThrowsReachesTheLoop()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential model = TestModels.Mlp();
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        optim.Optimizer watched = recorder.Watch(new PlainDescent(model.parameters()) { Failure = new InvalidOperationException("mine") });
        Assert.Equal("mine", Assert.Throws<InvalidOperationException>(() => Step(model, watched)).Message);
    }

    private static float[] Train(string name, bool isWatched, Func<optim.Optimizer, LRScheduler>? schedule, out List<double> rates, out int records)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(3);
        Sequential model = TestModels.Mlp();
        using GradientRecorder? recorder = isWatched ? GradientRecorder.Attach(model, TestModels.InMemory) : null;
        optim.Optimizer optimizer = s_optimizers[name](model);
        optimizer = recorder?.Watch(optimizer) ?? optimizer;
        LRScheduler? scheduler = schedule?.Invoke(optimizer);
        rates = [];
        for (int step = 0; step < 20; step++)
        {
            Step(model, optimizer);
            if (scheduler is not null)
            {
                scheduler.step(1.0);
                rates.Add(optimizer.ParamGroups.First().LearningRate);
            }
        }

        records = (int)(recorder?.StepCount ?? 0);
        float[] weights = TestModels.Weights(model);
        optimizer.Dispose();
        return weights;
    }

    private static void Step(Sequential model, optim.Optimizer optimizer)
    {
        if (optimizer is TorchSharp.Modules.LBFGS or WatchedPlainOptimizer { Inner: TorchSharp.Modules.LBFGS })
        {
            (Tensor x, Tensor y) = (randn(8, 4), randint(0, 3, 8, int64));
            optimizer.step(() =>
            {
                optimizer.zero_grad();
                return TestModels.Backward(model, x, y);
            });
            return;
        }

        optimizer.zero_grad();
        Backward(model);
        optimizer.step();
    }

    private static void Backward(Sequential model)
    {
        using DisposeScope scope = NewDisposeScope();
        TestModels.Backward(model, randn(8, 4), randint(0, 3, 8, int64));
    }

    private static byte[] Saved(OptimizerHelper optimizer)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            optimizer.save_state_dict(writer);
        }

        return stream.ToArray();
    }

    /// <summary>An optimizer of the user's own.</summary>
    private sealed class PlainDescent(IEnumerable<Parameter> weights) : optim.Optimizer(IntPtr.Zero)
    {
        private readonly List<Parameter> _weights = [.. weights];

        public Exception? Failure { get; init; }

        public override IEnumerable<Parameter> parameters() => _weights;

        public override void zero_grad() => _weights.ForEach(weight => weight.grad?.zero_());

        public override Tensor? step(Func<Tensor>? closure = null)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            using IDisposable noGradient = no_grad();
            _weights.ForEach(weight => weight.add_(weight.grad!, alpha: -0.1));
            return null;
        }
    }
}
