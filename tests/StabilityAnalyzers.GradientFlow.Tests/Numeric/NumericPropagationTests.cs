namespace StabilityAnalyzers.GradientFlow.Tests.Numeric;

/// <summary>The numeric pass against the formulas where both hold, and what it must not claim.</summary>
public sealed class NumericPropagationTests
{
    public static TheoryData<string, int, int> Stacks => new()
    {
        { "relu", 20, 128 }, { "tanh", 20, 128 }, { "sigmoid", 12, 64 }, { "gelu", 12, 256 }, { "silu", 10, 64 }, { "selu", 20, 128 },
    };

    [Theory]
    [MemberData(nameof(Stacks))]
    public void NumbersAgreeWithTheFormulas(string activation, int depth, int width)
    {
        var graph = Tests.Stacks.Dense(depth, width, All[activation]);
        var formulas = SignalPropagation.Predict(graph);
        var numbers = NumericPropagation.Run(graph, formulas.LastLayer!.NodeId, NumericEffort.Full)!;

        foreach (var layer in formulas.Layers)
        {
            Assert.Equal(Math.Log10(layer.DepthFactor!.Value), 0.5 * Math.Log10(numbers.Norm(layer.NodeId)!.Value), 0.1);
            Assert.Equal(Math.Log10(layer.GradientRatio!.Value), 0.5 * Math.Log10(numbers.Element(layer.NodeId)!.Value), 0.1);
            Assert.Equal(0.5 * Math.Log10(layer.SecondMoment!.Value), 0.5 * Math.Log10(numbers.SecondMoment(layer.NodeId)!.Value), 0.1);
        }
    }

    [Fact]
    public void NumbersAreTheSameEachTime()
    {
        var graph = Recurrent(new SelectOperation(-1));
        var again = Recurrent(new SelectOperation(-1));

        Assert.Equal(
            SignalPropagation.Predict(graph).Layers.Select(layer => layer.DepthFactor),
            SignalPropagation.Predict(again).Layers.Select(layer => layer.DepthFactor));
    }

    // Per element, the gradient of a sequence of which one step is read depends on its length; the depth factor does not.
    [Fact]
    public void LastStepOfASequenceOfUnknownLengthHasADepthFactorAlone()
    {
        var first = SignalPropagation.Predict(Recurrent(new SelectOperation(-1))).Layer("first");

        Assert.Null(first.GradientRatio);
        Assert.NotNull(first.DepthFactor);
    }

    [Fact]
    public void NoFloatUnderflows()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i <= 60; i++)
        {
            x = builder.Add(Linear(64, 64), "fc" + i, x);
            var gate = builder.Add(new ActivationOperation(Activations.Sigmoid), null, x);
            x = i < 60 ? builder.Add(new MultiplyOperation(), null, x, gate) : x;
        }

        var first = SignalPropagation.Predict(builder.Build("Deep", x)).Layers[0];

        Assert.InRange(Math.Log10(first.DepthFactor!.Value), -40, -25);
    }

    [Fact]
    public void UnknownInputsStayUnknown()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(64, 64), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(new UnknownOperation("?"), null, x);
        x = builder.Add(new RecurrentOperation(RecurrentKind.Gru, 64, 64, RecurrentWeights.Default(64)), "gru", x);
        var prediction = SignalPropagation.Predict(builder.Build("Unknown", builder.Add(Linear(64, 8), "head", x)));

        Assert.Null(prediction.Layer("first").DepthFactor);
    }

    [Fact]
    public void UnknownWeightsOfARecurrentLayerAreUnknown()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(64, 64), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(new RecurrentOperation(RecurrentKind.Lstm, 64, 64, RecurrentWeights.Unknown("they were set")), "lstm", x);
        var prediction = SignalPropagation.Predict(builder.Build("Unknown", builder.Add(Linear(64, 8), "head", x)));

        Assert.Null(prediction.Layer("first").DepthFactor);
        Assert.Null(prediction.Layer("lstm").Recurrent!.FactorPerStep);
    }

    // 60 layers, 40 of them with padding at the border of an unknown size: the answer comes, and soon.
    [Fact]
    public void DeepConvolutionsStayWithinTheBudget()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i < 60; i++)
        {
            var window = new WindowGeometry(new EquatableList<long>(3, 3), new EquatableList<long>(1, 1), new EquatableList<long>(1, 1), new EquatableList<long>(1, 1));
            x = builder.Add(
                new ConvolutionOperation(2, 512, 512, 9, 1, 1, false, WeightInitializer.Kaiming(), BiasInitializer.Zero) { Window = window }, "conv" + i, x);
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
        }

        var graph = builder.Build("Deep", x);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        SignalPropagation.Predict(graph);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    private static readonly Dictionary<string, Activation> All = new[]
    {
        Activations.ReLU, Activations.Tanh, Activations.Sigmoid, Activations.GELU, Activations.SiLU, Activations.SELU,
    }.ToDictionary(activation => activation.Name);

    private static LinearOperation Linear(long input, long output) =>
        new(input, output, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault);

    private static ModelGraph Recurrent(Operation end)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Linear(24, 48), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(new RecurrentOperation(RecurrentKind.Lstm, 48, 64, RecurrentWeights.Default(64)), "lstm", x);
        x = builder.Add(end, null, x);
        return builder.Build("Recurrent", builder.Add(Linear(64, 10), "head", x));
    }
}
