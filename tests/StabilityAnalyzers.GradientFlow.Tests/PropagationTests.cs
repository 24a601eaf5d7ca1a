namespace StabilityAnalyzers.GradientFlow.Tests;

public sealed class PropagationTests
{
    /// <summary>So wide that nothing fluctuates: the tables are of the limit of wide layers.</summary>
    private const long Wide = 1_000_000_000;

    private static readonly Dictionary<string, Activation?> ByName = new()
    {
        ["none"] = null,
        ["relu"] = Activations.ReLU,
        ["tanh"] = Activations.Tanh,
        ["sigmoid"] = Activations.Sigmoid,
        ["elu"] = Activations.ELU(),
        ["selu"] = Activations.SELU,
        ["gelu"] = Activations.GELU,
        ["silu"] = Activations.SiLU,
    };

    // RMS factor per layer with TorchSharp's default initialisation, where the stack has settled.
    [Theory]
    [InlineData("none", .577)]
    [InlineData("relu", .408)]
    [InlineData("tanh", .575)]
    [InlineData("sigmoid", .141)]
    [InlineData("elu", .564)]
    [InlineData("selu", .798)]
    [InlineData("gelu", .290)]
    [InlineData("silu", .289)]
    public void FactorPerLayerAtTheDefault(string name, double factor)
    {
        var prediction = SignalPropagation.Predict(Stacks.Dense(40, 128, ByName[name]));

        Assert.Equal(factor, prediction.Layer("fc20").StepFactor!.Value, 0.002);
    }

    // Number of layers until the RMS ratio falls below 0.05, 1e-3 and 1e-4.
    [Theory]
    [InlineData("none", "default", 6, 13, 17)]
    [InlineData("relu", "default", 4, 8, 11)]
    [InlineData("tanh", "default", 5, 12, 17)]
    [InlineData("sigmoid", "default", 2, 4, 5)]
    [InlineData("elu", "default", 5, 12, 16)]
    [InlineData("selu", "default", 11, 29, 39)]
    [InlineData("gelu", "default", 3, 6, 8)]
    [InlineData("silu", "default", 3, 6, 8)]
    [InlineData("relu", "Xavier", 9, 20, 27)]
    [InlineData("sigmoid", "Xavier", 2, 5, 7)]
    [InlineData("gelu", "Xavier", 6, 12, 15)]
    [InlineData("silu", "Xavier", 5, 11, 14)]
    [InlineData("sigmoid", "He", 3, 6, 8)]
    [InlineData("gelu", "He", 21, 32, 39)]
    [InlineData("silu", "He", 13, 25, 31)]
    public void StepsUntilTheGradientIsLost(string name, string initializer, int atFivePercent, int atThousandth, int atTenThousandth)
    {
        var weight = initializer switch
        {
            "Xavier" => WeightInitializer.Xavier(),
            "He" => WeightInitializer.Kaiming(),
            _ => WeightInitializer.TorchDefault,
        };

        // The default bias follows the width, and keeps the signal of a shrinking stack alive.
        var width = initializer == "default" ? 128 : Wide;
        var bias = initializer == "default" ? BiasInitializer.TorchDefault : BiasInitializer.Zero;
        var actual = new[] { 0.05, 1e-3, 1e-4 }.Select(limit => StepsUntil(limit, width, ByName[name], weight, bias)).ToArray();

        // The table was made with slightly different assumptions about the input; a step more or less is the same answer.
        Assert.InRange(actual[0], atFivePercent - 1, atFivePercent + 1);
        Assert.InRange(actual[1], atThousandth - 1, atThousandth + 1);
        Assert.InRange(actual[2], atTenThousandth - 1, atTenThousandth + 1);
    }

    [Theory]
    [InlineData("relu", "He")]
    [InlineData("tanh", "Xavier")]
    [InlineData("elu", "He")]
    [InlineData("selu", "Xavier")]
    public void FittingInitialisersKeepTheGradientForSixtyLayers(string name, string initializer)
    {
        var weight = initializer == "He" ? WeightInitializer.Kaiming() : WeightInitializer.Xavier();
        var prediction = SignalPropagation.Predict(Stacks.Dense(60, Wide, ByName[name], weight, BiasInitializer.Zero));

        Assert.True(prediction.IsHealthy(), prediction.Weakest + " " + prediction.Strongest);
    }

    [Theory]
    [InlineData(9, 20)]
    [InlineData(13, 70)]
    [InlineData(20, 1000)]
    public void LinearStackWithHeExplodes(int depth, double growth)
    {
        // Depth layers with a head: the gradient of the first passes depth weights, each a factor of sqrt 2.
        var prediction = SignalPropagation.Predict(Stacks.Dense(depth, 128, null, WeightInitializer.Kaiming(), BiasInitializer.Zero));

        Assert.InRange(prediction.Layer("fc0").DepthFactor!.Value, growth, growth * 1.5);
        Assert.False(prediction.IsHealthy());
    }

    [Fact]
    public void GeometryIsInTheRatioAndNotInTheDepthFactor()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        x = builder.Add(Linear(16, 4608), "wide", x);
        x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
        x = builder.Add(new LinearOperation(4608, 1, WeightInitializer.Kaiming(1), BiasInitializer.Zero), "head", x);
        var wide = SignalPropagation.Predict(builder.Build("Wide", x)).Layer("wide");

        // Weight variance 1/4608, half of the units open: delta = w, RMS = sqrt(1 / 4608 / 2).
        Assert.Equal(Math.Sqrt(0.5 / 4608), wide.GradientRatio!.Value, 1e-6);
        Assert.Equal(Math.Sqrt(0.5), wide.DepthFactor!.Value, 1e-6);
    }

    [Fact]
    public void UnknownPoolingSizeLeavesOnlyTheDepthFactor()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        x = builder.Add(Convolution(3, 16, 1), "conv", x);
        x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
        x = builder.Add(new PoolingOperation("AdaptiveAvgPool2d", true, null, null), "pool", x);
        x = builder.Add(new ShapeOperation("flatten"), null, x);
        x = builder.Add(Linear(16, 10), "head", x);
        var conv = SignalPropagation.Predict(builder.Build("Pooled", x)).Layer("conv");

        Assert.Null(conv.GradientRatio);
        Assert.Equal(Math.Sqrt(1.0 / 3 / 2), conv.DepthFactor!.Value, 1e-6);
    }

    [Fact]
    public void StrideSharesTheGradientAmongMorePositions()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        x = builder.Add(Convolution(3, 16, 1), "first", x);
        x = builder.Add(Convolution(16, 16, 4), "second", x);
        var first = SignalPropagation.Predict(builder.Build("Strided", x)).Layer("first");

        Assert.Equal(Math.Sqrt(1.0 / 3), first.DepthFactor!.Value, 1e-9);
        Assert.Equal(Math.Sqrt(1.0 / 3 / 4), first.GradientRatio!.Value, 1e-9);
    }

    [Fact]
    public void WhatComesBehindTheLastLayerDoesNotMatter()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(8, 8), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(Linear(8, 8), "head", x);
        x = builder.Add(new UnknownOperation("a function of the user's"), null, x);
        var prediction = SignalPropagation.Predict(builder.Build("Tail", x));

        Assert.Equal("head", prediction.LastLayer!.Path);
        Assert.Equal(Math.Sqrt(1.0 / 3), prediction.Layer("first").DepthFactor!.Value, 1e-9);
    }

    [Fact]
    public void UnknownInBetweenMakesEverythingBeforeItUnknown()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(8, 8), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(new UnknownOperation("a function of the user's"), null, x);
        x = builder.Add(Linear(8, 8), "second", x);
        x = builder.Add(Linear(8, 8), "head", x);
        var prediction = SignalPropagation.Predict(builder.Build("Hole", x));

        Assert.Null(prediction.Layer("first").DepthFactor);
        Assert.Equal(Math.Sqrt(1.0 / 3), prediction.Layer("second").DepthFactor!.Value, 1e-9);
        Assert.False(prediction.IsComplete);
        Assert.False(prediction.IsHealthy());
        Assert.Equal(["a function of the user's"], prediction.Graph.Unknowns);
    }

    [Fact]
    public void UnknownSideBranchOfTheLossMakesTheTrunkUnknown()
    {
        // The trunk feeds the head and something unknown that also reaches the output: its gradient is not known.
        var builder = new ModelGraphBuilder();
        var first = builder.Add(Linear(8, 8), "first", builder.Add(new InputOperation(), null));
        var side = builder.Add(new UnknownOperation("?"), null, first);
        var head = builder.Add(Linear(8, 8), "head", first);
        var sum = builder.Add(AddOperation.OfTwo, null, side, head);
        var prediction = SignalPropagation.Predict(builder.Build("Side", sum));

        Assert.Null(prediction.Layer("first").DepthFactor);
    }

    [Fact]
    public void TwoHeadsHaveNoCommonLastLayer()
    {
        var builder = new ModelGraphBuilder();
        var trunk = builder.Add(Linear(8, 8), "trunk", builder.Add(new InputOperation(), null));
        var a = builder.Add(Linear(8, 8), "a", trunk);
        var b = builder.Add(Linear(8, 8), "b", trunk);
        var prediction = SignalPropagation.Predict(builder.Build("Heads", a, b));

        Assert.All(prediction.Layers, layer => Assert.Null(layer.DepthFactor));
    }

    [Fact]
    public void ConstantWeightsAreNotRandom()
    {
        var graph = Stacks.Dense(3, 8, Activations.Tanh, WeightInitializer.Constant(0.1));

        Assert.Null(SignalPropagation.Predict(graph).Layer("fc0").DepthFactor);
    }

    [Fact]
    public void BranchThatStartsAtZeroIsNoFault()
    {
        var prediction = SignalPropagation.Predict(
            ZeroInitialisedBranch());

        Assert.Equal(0, prediction.Layer("inner").DepthFactor);
        Assert.Equal(Math.Sqrt(1.0 / 3), prediction.Layer("stem").DepthFactor!.Value, 1e-9);
        Assert.NotEqual("inner", prediction.Weakest!.Path);
        Assert.True(prediction.IsHealthy());
    }

    [Theory]
    [InlineData(1.0, .10)]
    [InlineData(0.2236, .10)]
    public void ResidualStackKeepsItsGradient(double scale, double least)
    {
        var prediction = SignalPropagation.Predict(Stacks.Residual(20, 128, Activations.Tanh, scale));

        Assert.InRange(prediction.Layer("stem").DepthFactor!.Value, least, 20);
    }

    [Fact]
    public void SumOfATensorWithItselfIsTwiceTheTensor()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(8, 8), "first", builder.Add(new InputOperation(), null));
        var view = builder.Add(new ShapeOperation("view"), null, x);
        var sum = builder.Add(AddOperation.OfTwo, null, x, view);
        var tanh = builder.Add(new ActivationOperation(Activations.Tanh), null, sum);
        var head = builder.Add(Linear(8, 8), "head", tanh);
        var doubled = SignalPropagation.Predict(builder.Build("Twice", head));

        builder = new ModelGraphBuilder();
        x = builder.Add(Linear(8, 8), "first", builder.Add(new InputOperation(), null));
        var scaled = builder.Add(new ScaleOperation(2), null, x);
        tanh = builder.Add(new ActivationOperation(Activations.Tanh), null, scaled);
        head = builder.Add(Linear(8, 8), "head", tanh);
        var expected = SignalPropagation.Predict(builder.Build("Scaled", head));

        Assert.Equal(expected.Layer("head").SecondMoment!.Value, doubled.Layer("head").SecondMoment!.Value, 1e-12);
    }

    // z + relu(z) with E[z^2] = q has no formula here, but an expectation: q (1 + 2/2 + 1/2).
    [Fact]
    public void SumOfDependentTensorsIsComputed()
    {
        const int Width = 128;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(Width, Width), "first", builder.Add(new InputOperation(), null));
        var relu = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
        var sum = builder.Add(AddOperation.OfTwo, null, x, relu);
        var prediction = SignalPropagation.Predict(builder.Build("Dependent", builder.Add(Linear(Width, Width), "head", sum)));

        Assert.Equal(2.5 / 9, prediction.Layer("head").SecondMoment!.Value, 0.02);
        Assert.Equal(Math.Sqrt(2.5 / 3), prediction.Layer("first").DepthFactor!.Value, 0.03);
    }

    [Theory]
    [InlineData(NormalizationKind.Layer, "relu", 1.0, 0.05)]
    [InlineData(NormalizationKind.Batch, "relu", 1.211, 0.01)]
    [InlineData(NormalizationKind.Batch, "sigmoid", 1.017, 0.05)]
    public void NormalisedStacks(NormalizationKind axes, string activation, double perLayer, double tolerance)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i < 20; i++)
        {
            x = builder.Add(Linear(128, 128), "fc" + i, x);
            x = builder.Add(new NormalizationOperation(axes, axes + "Norm"), null, x);
            x = builder.Add(new ActivationOperation(ByName[activation]!), null, x);
        }

        var prediction = SignalPropagation.Predict(builder.Build("Normed", builder.Add(Linear(128, 128), "head", x)));

        Assert.Equal(perLayer, prediction.Layer("fc10").StepFactor!.Value, tolerance);
    }

    [Fact]
    public void CauseNamesTheActivationTheCountAndTheFactor()
    {
        var prediction = SignalPropagation.Predict(Stacks.Dense(12, 64, Activations.Sigmoid));
        var worst = prediction.Weakest!;
        var cause = prediction.CauseOf(worst)!;

        Assert.Equal("fc0", worst.Path);
        Assert.Equal("sigmoid", cause.Activation);
        Assert.Equal(12, cause.Count);
        Assert.Equal(worst.DepthFactor!.Value, Math.Pow(cause.FactorPerLayer, 12), worst.DepthFactor.Value * 1e-6);
    }

    [Fact]
    public void ThousandsOfLayersAreNoProblem()
    {
        var prediction = SignalPropagation.Predict(Stacks.Residual(5000, 64, Activations.ReLU));

        Assert.Equal(5002, prediction.Layers.Count);
        Assert.All(prediction.Layers, layer => Assert.False(double.IsNaN(layer.DepthFactor ?? 0)));
    }

    private static LinearOperation Linear(long input, long output) =>
        new(input, output, WeightInitializer.TorchDefault, BiasInitializer.Zero);

    private static ConvolutionOperation Convolution(long input, long output, long stride) =>
        new(2, input, output, 9, stride, 1, false, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault);

    private static ModelGraph ZeroInitialisedBranch()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(64, 64), "stem", builder.Add(new InputOperation(), null));
        var branch = builder.Add(Linear(64, 64), "inner", x);
        branch = builder.Add(new ActivationOperation(Activations.ReLU), null, branch);
        branch = builder.Add(new LinearOperation(64, 64, WeightInitializer.Constant(0), BiasInitializer.Zero), "outer", branch);
        var sum = builder.Add(AddOperation.OfTwo, null, x, branch);
        return builder.Build("ZeroBranch", builder.Add(Linear(64, 64), "head", sum));
    }

    private static int StepsUntil(double limit, long width, Activation? activation, WeightInitializer weight, BiasInitializer bias)
    {
        var prediction = SignalPropagation.Predict(Stacks.Dense(60, width, activation, weight, bias));
        var first = prediction.Layers[0].DepthFactor!.Value;

        // A step is a hidden layer passed: the ratio of the first layer to the layer that comes so many steps later.
        for (var steps = 1; steps < 60; steps++)
        {
            if (first / prediction.Layers[steps].DepthFactor!.Value < limit)
            {
                return steps;
            }
        }

        return int.MaxValue;
    }
}
