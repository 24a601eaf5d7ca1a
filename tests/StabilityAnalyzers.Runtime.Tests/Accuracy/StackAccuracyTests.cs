using StabilityAnalyzers.GradientFlow;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests.Accuracy;

/// <summary>Predictions against gradients that TorchSharp really computes.</summary>
public sealed class StackAccuracyTests(ITestOutputHelper output)
{
    private const double TolerableError = 0.3;

    private static readonly Dictionary<string, (Activation Predicted, Func<Tensor, Tensor> Real)> ActivationPairs = new()
    {
        ["sigmoid"] = (Activations.Sigmoid, x => x.sigmoid()),
        ["tanh"] = (Activations.Tanh, x => x.tanh()),
        ["relu"] = (Activations.ReLU, x => x.relu()),
        ["gelu"] = (Activations.GELU, x => x.gelu()),
        ["silu"] = (Activations.SiLU, x => x.silu()),
        ["elu"] = (Activations.ELU(), x => x.elu()),
        ["selu"] = (Activations.SELU, x => x.selu()),
        ["mish"] = (Activations.Mish, x => nn.functional.mish(x)),
        ["softplus"] = (Activations.Softplus(), x => x.softplus()),
        ["hardswish"] = (Activations.Hardswish, x => x.hardswish()),
        ["leaky_relu"] = (Activations.LeakyReLU(0.2), x => x.leaky_relu(0.2)),
        ["softsign"] = (Activations.Softsign, x => nn.functional.softsign(x)),
    };

    private static readonly Dictionary<string, (WeightInitializer Predicted, Action<Tensor>? Real)> InitializerPairs = new()
    {
        ["default"] = (WeightInitializer.TorchDefault, null),
        ["Xavier uniform"] = (WeightInitializer.Xavier(), w => nn.init.xavier_uniform_(w)),
        ["Xavier normal"] = (WeightInitializer.Xavier(), w => nn.init.xavier_normal_(w)),
        ["He normal"] = (WeightInitializer.Kaiming(), w => nn.init.kaiming_normal_(w, nonlinearity: nn.init.NonlinearityType.ReLU)),
        ["He uniform"] = (WeightInitializer.Kaiming(), w => nn.init.kaiming_uniform_(w)),
        ["orthogonal"] = (WeightInitializer.Orthogonal(), w => nn.init.orthogonal_(w)),
        ["normal 0.1"] = (WeightInitializer.Normal(0, 0.1), w => nn.init.normal_(w, 0, 0.1)),
        ["uniform 0.1"] = (WeightInitializer.Uniform(-0.1, 0.1), w => nn.init.uniform_(w, -0.1, 0.1)),
    };

    public static TheoryData<string, string, int, int> Networks()
    {
        var networks = new TheoryData<string, string, int, int>();
        foreach (var activation in new[] { "sigmoid", "tanh", "relu", "gelu" })
        {
            foreach (var initializer in new[] { "default", "Xavier uniform", "He normal" })
            {
                foreach (var depth in new[] { 10, 30 })
                {
                    networks.Add(activation, initializer, depth, 128);
                    networks.Add(activation, initializer, depth, 256);
                }
            }
        }

        foreach (var activation in ActivationPairs.Keys.Except(["sigmoid", "tanh", "relu", "gelu"]))
        {
            networks.Add(activation, "default", 12, 128);
        }

        foreach (var initializer in InitializerPairs.Keys.Except(["default", "Xavier uniform", "He normal"]))
        {
            networks.Add("tanh", initializer, 12, 128);
        }

        return networks;
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void PredictedRatioIsTheMeasuredOne(string activation, string initializer, int depth, int width)
    {
        var (predictedActivation, realActivation) = ActivationPairs[activation];
        var (predictedInitializer, realInitializer) = InitializerPairs[initializer];
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i <= depth; i++)
        {
            x = builder.Add(new LinearOperation(width, width, predictedInitializer, BiasInitializer.TorchDefault), "fc" + i, x);
            x = i < depth ? builder.Add(new ActivationOperation(predictedActivation), null, x) : x;
        }

        var prediction = SignalPropagation.Predict(builder.Build("Stack", x));
        var predicted = Math.Log10(prediction.Layers[0].GradientRatio!.Value);
        var measured = MeasuredStack.LogGradientRatio(depth, width, realActivation, realInitializer, seeds: 5);

        output.WriteLine(FormattableString.Invariant(
            $"{activation,-10} {initializer,-14} {depth,3} x {width,3}: predicted {predicted,8:F2}, measured {measured,8:F2}, error {predicted - measured,6:F2}"));
        // Where the prediction itself says that runs differ by more than the tolerance (30 layers of GELU with He), five seeds
        // cannot be nearer to it than that: with 1, 5, 20 and 80 seeds the measured figure at width 128 is -0.97, -0.54, -0.37
        // and -0.30.
        var tolerance = Math.Max(TolerableError, prediction.LogSpread ?? 0);
        Assert.InRange(predicted - measured, -tolerance, tolerance);
    }

    [Fact]
    public void OnlyAnUnstableStackHasALargeSpread()
    {
        foreach (var network in Networks())
        {
            var (activation, initializer, depth, width) = network.Data;
            var builder = new ModelGraphBuilder();
            var x = builder.Add(new InputOperation(), null);
            for (var i = 0; i <= depth; i++)
            {
                x = builder.Add(
                    new LinearOperation(width, width, InitializerPairs[initializer].Predicted, BiasInitializer.TorchDefault), "fc" + i, x);
                x = i < depth ? builder.Add(new ActivationOperation(ActivationPairs[activation].Predicted), null, x) : x;
            }

            var spread = SignalPropagation.Predict(builder.Build("Stack", x)).LogSpread ?? 0;
            Assert.True(spread < TolerableError || (activation, initializer, depth) == ("gelu", "He normal", 30), $"{network}: {spread}");
        }
    }

    // x + phi(linear(x)): the branch ends in an activation.
    [Theory]
    [InlineData("tanh", 10)]
    [InlineData("tanh", 20)]
    [InlineData("sigmoid", 10)]
    [InlineData("sigmoid", 20)]
    [InlineData("relu", 10)]
    [InlineData("relu", 20)]
    [InlineData("relu", 40)]
    [InlineData("gelu", 10)]
    [InlineData("gelu", 20)]
    public void ResidualStacks(string activation, int depth)
    {
        const int Width = 128;
        var (predictedActivation, realActivation) = ActivationPairs[activation];
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i <= depth; i++)
        {
            var z = builder.Add(new LinearOperation(Width, Width, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault), "fc" + i, x);
            if (i == depth)
            {
                x = z;
                break;
            }

            var activated = builder.Add(new ActivationOperation(predictedActivation), null, z);
            x = i == 0 ? activated : builder.Add(AddOperation.OfTwo, null, x, activated);
        }

        var predicted = Math.Log10(SignalPropagation.Predict(builder.Build("Residual", x)).Layers[0].GradientRatio!.Value);
        var measured = MeasuredStack.LogGradientRatio(depth, Width, realActivation, null, seeds: 5, (input, branch) => input + branch);

        output.WriteLine(FormattableString.Invariant(
            $"residual {activation,-8} {depth,3}: predicted {predicted,6:F2}, measured {measured,6:F2}, error {predicted - measured,6:F2}"));
        Assert.InRange(predicted - measured, -TolerableError, TolerableError);
    }

    // Kernel 3, padding 1, 16 x 16 positions; stride 2 halves them, a transposed convolution with stride 2 doubles them.
    [Theory]
    [InlineData("relu", 8, 1, 1, false)]
    [InlineData("tanh", 8, 1, 1, false)]
    [InlineData("sigmoid", 8, 1, 1, false)]
    [InlineData("relu", 3, 2, 1, false)]
    [InlineData("tanh", 3, 2, 1, false)]
    [InlineData("relu", 6, 1, 4, false)]
    [InlineData("relu", 3, 2, 1, true)]
    public void ConvolutionStacks(string activation, int depth, int stride, int groups, bool transposed)
    {
        const int Channels = 32;
        var (predictedActivation, realActivation) = ActivationPairs[activation];
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i <= depth; i++)
        {
            var operation = new ConvolutionOperation(
                2, Channels, Channels, 9, stride * stride, groups, transposed, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault);
            x = builder.Add(operation, "conv" + i, x);
            x = i < depth ? builder.Add(new ActivationOperation(predictedActivation), null, x) : x;
        }

        var predicted = Math.Log10(SignalPropagation.Predict(builder.Build("Convolutions", x)).Layers[0].GradientRatio!.Value);
        var measured = MeasuredStack.LogGradientRatio(
            () => Enumerable.Range(0, depth + 1).Select(_ => Layer()).ToArray(),
            () => randn(8, Channels, transposed ? 4 : 16, transposed ? 4 : 16),
            realActivation,
            seeds: 5);

        output.WriteLine(FormattableString.Invariant(
            $"conv {activation,-8} {depth,2} stride {stride} groups {groups} transposed {transposed}: predicted {predicted,6:F2}, measured {measured,6:F2}, error {predicted - measured,6:F2}"));
        Assert.InRange(predicted - measured, -TolerableError, TolerableError);

        nn.Module<Tensor, Tensor> Layer() => transposed
            ? nn.ConvTranspose2d(Channels, Channels, 3, stride: stride, padding: 1, output_padding: stride - 1, groups: groups)
            : nn.Conv2d(Channels, Channels, 3, stride: stride, padding: 1, groups: groups);
    }

    // The gradient of the state after the first step, relative to that after the last: chi^((T-1)/2).
    [Theory]
    [InlineData(20, "default")]
    [InlineData(20, "orthogonal")]
    [InlineData(10, "He normal")]
    public void RecurrentCells(int steps, string initializer)
    {
        const int Hidden = 96, Inputs = 32;
        var (predictedInitializer, realInitializer) = InitializerPairs[initializer];

        // Two biases, each U(+-1/sqrt(hidden)); the input weight as well.
        var operation = new RecurrentCellOperation(
            Inputs,
            Hidden,
            Activations.Tanh,
            WeightInitializer.Fixed("default", 0, 1.0 / (3 * Hidden)),
            initializer == "default" ? WeightInitializer.Fixed("default", 0, 1.0 / (3 * Hidden)) : predictedInitializer,
            new BiasInitializer(0, 2.0 / (3 * Hidden)));
        var builder = new ModelGraphBuilder();
        var state = builder.Add(operation, "cell", builder.Add(new InputOperation(), null));
        for (var step = 1; step < steps; step++)
        {
            state = builder.Add(operation, "cell", builder.Add(new InputOperation(), null), state);
        }

        var predicted = Math.Log10(SignalPropagation.Predict(builder.Build("Recurrent", state)).Layers[0].GradientRatio!.Value);
        double first = 0, last = 0;
        for (var seed = 0; seed < 5; seed++)
        {
            using var scope = NewDisposeScope();
            manual_seed(3000 + seed);
            var cell = nn.RNNCell(Inputs, Hidden);
            realInitializer?.Invoke(cell.weight_hh!);
            Tensor? hidden = null, start = null;
            for (var step = 0; step < steps; step++)
            {
                hidden = cell.call(randn(64, Inputs), hidden!);
                hidden.retain_grad();
                start ??= hidden;
            }

            (hidden! * randn(64, Hidden)).sum().backward();
            first += start!.grad!.to(float64).square().mean().ToDouble();
            last += hidden!.grad!.to(float64).square().mean().ToDouble();
        }

        var measured = 0.5 * Math.Log10(first / last);
        output.WriteLine(FormattableString.Invariant(
            $"tanh cell, {steps} steps, {initializer}: predicted {predicted:F2}, measured {measured:F2}, error {predicted - measured:F2}"));
        Assert.InRange(predicted - measured, -TolerableError, TolerableError);
    }
}
