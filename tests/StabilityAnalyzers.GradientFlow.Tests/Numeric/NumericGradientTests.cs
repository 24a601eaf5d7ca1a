namespace StabilityAnalyzers.GradientFlow.Tests.Numeric;

/// <summary>The way back of every numeric operation against differences of its way forward.</summary>
public sealed class NumericGradientTests
{
    private const double Step = 1e-5;

    private static readonly WindowGeometry Window =
        new(new EquatableList<long>(3, 2), new EquatableList<long>(2, 1), new EquatableList<long>(1, 0), new EquatableList<long>(1, 2));

    private static readonly Dictionary<string, (int[] Grid, int Features, Func<Tape, Variable, Variable> Apply)> Operations = new()
    {
        ["projection"] = ([3], 6, (tape, x) => new Projection(tape.Random, 6, 10, 2).Apply(tape, x)),
        ["flattening projection"] = ([3], 6, (tape, x) => new Projection(tape.Random, 18, 5, 2).Apply(tape, x)),
        ["convolution"] = ([5, 4], 3, (tape, x) => ConvolutionProduct.Apply(tape, x, WindowTaps.Of(x.Grid, Window, false)!, Convolution(3, 1), 5, 0.4)),
        ["transposed convolution"] = ([3, 4], 3, (tape, x) => ConvolutionProduct.Apply(tape, x, WindowTaps.Of(x.Grid, Window, true)!, Convolution(3, 1), 5, 0.4)),
        ["depthwise convolution"] = ([5, 4], 4, (tape, x) => ConvolutionProduct.Apply(tape, x, WindowTaps.Of(x.Grid, Window, false)!, Convolution(4, 4), 8, 0.4)),
        ["max pool"] = ([5, 4], 3, (tape, x) => Pooling.Apply(tape, x, new PoolingOperation("MaxPool2d", false, 6, 2), WindowTaps.Of(x.Grid, Window, false)!)!),
        ["average pool"] = ([5, 4], 3, (tape, x) => Pooling.Apply(tape, x, new PoolingOperation("AvgPool2d", true, 6, 2), WindowTaps.Of(x.Grid, Window, false)!)!),
        ["norm pool"] = ([5, 4], 3, (tape, x) => Pooling.Apply(tape, x, new PoolingOperation("LPPool2d", false, 6, 2) { NormOrder = 2 }, WindowTaps.Of(x.Grid, Window, false)!)!),
        ["adaptive pool"] = ([5, 4], 3, (tape, x) => Pooling.Adapt(tape, x, new PoolingOperation("AdaptiveAvgPool2d", true, null, null), [2, 3], 1)!),
        ["mean"] = ([5], 3, (tape, x) => Pooling.Reduce(tape, x, isMean: true, 1)),
        ["layer norm"] = ([3], 6, (tape, x) => Standardization.Apply(tape, x, new NormalizationOperation(NormalizationKind.Layer, "LayerNorm"))),
        ["batch norm"] = ([3], 6, (tape, x) => Standardization.Apply(tape, x, new NormalizationOperation(NormalizationKind.Batch, "BatchNorm1d"))),
        ["group norm"] = ([3], 6, (tape, x) => Standardization.Apply(tape, x, new NormalizationOperation(NormalizationKind.Group, "GroupNorm") { Groups = 2 })),
        ["instance norm"] = ([5], 4, (tape, x) => Standardization.Apply(tape, x, new NormalizationOperation(NormalizationKind.Instance, "InstanceNorm1d"))),
        ["activation"] = ([3], 6, (tape, x) => Elementwise.Activate(tape, x, Activations.GELU)),
        ["product with itself"] = ([3], 6, (tape, x) => Elementwise.Multiply(tape, x, Elementwise.Activate(tape, x, Activations.Sigmoid))!),
        ["sum over positions"] = ([3], 6, (tape, x) => Elementwise.Add(tape, x, Features.Position(tape, x, -1), 0.5, 2)!),
        ["outer product"] = ([], 4, (tape, x) => Elementwise.Outer(tape, x, Elementwise.Affine(tape, x, 2, 1))!),
        ["slice and join"] = ([3], 6, (tape, x) => Features.Join(tape, [Features.Slice(tape, x, 2, 3), Features.Spread(tape, x, 4), Features.Position(tape, x, 0)])!),
        ["sequence of a sequence and vectors"] = ([3], 6, (tape, x) => Features.Sequence(tape, [Features.Position(tape, x, 2), x, Features.Position(tape, x, 0)])!),
        ["softmax"] = ([3], 6, (tape, x) => Elementwise.Softmax(tape, x, 1)),
        ["softmax over more features than are computed"] = ([3], 6, (tape, x) => Elementwise.Softmax(tape, x, 0.25)),
        ["unfold"] = ([], 12, (tape, x) => Features.Unfold(tape, x, [2, 2], 3)),
        ["rnn"] = ([4], 5, (tape, x) => Recurrent(tape, x, RecurrentKind.Rnn)),
        ["lstm"] = ([4], 5, (tape, x) => Recurrent(tape, x, RecurrentKind.Lstm)),
        ["gru"] = ([4], 5, (tape, x) => Recurrent(tape, x, RecurrentKind.Gru)),
        ["attention"] = ([4], 8, (tape, x) => new TransformerBlock(tape, 2, 0, isCausal: false).Attend(x, x, Elementwise.Affine(tape, x, 2))),
        ["causal attention"] = ([4], 8, (tape, x) => new TransformerBlock(tape, 2, 0, isCausal: true).Attend(x, x, x)),
        ["transformer layer"] = ([4], 8, (tape, x) => new TransformerBlock(tape, 2, 0, isCausal: false).Layer(
            x, null, new TransformerOperation(8, 2, 12, Activations.GELU) { Dropout = 0 }, 12)),
        ["decoder layer"] = ([4], 8, (tape, x) => new TransformerBlock(tape, 2, 0, isCausal: true).Layer(
            x, Elementwise.Affine(tape, x, 0.7), new TransformerOperation(8, 2, 12, Activations.GELU) { Dropout = 0, IsDecoder = true }, 12)),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheWayBackIsTheDerivativeOfTheWayForward(string name)
    {
        var (grid, features, apply) = Operations[name];
        var tape = new Tape(new RandomNumbers(5));
        var x = Input(tape, grid, features, null, 0);
        var y = apply(tape, x);
        var weights = Weights(y.Value.Length);
        tape.Differentiate(y, weights, undoesAveraging: false);
        for (var i = 0; i < x.Value.Length; i += Math.Max(1, x.Value.Length / 20))
        {
            var difference = (Loss(i, Step) - Loss(i, -Step)) / (2 * Step);
            Assert.Equal(difference, x.Gradient![i], 1e-6 * (1 + Math.Abs(difference)));
        }

        double Loss(int element, double change)
        {
            var again = new Tape(new RandomNumbers(5));
            return apply(again, Input(again, grid, features, element, change)).Value.Select((value, i) => value * weights[i]).Sum();
        }
    }

    // What the depth factor asks: averaging hands on the whole norm.
    [Fact]
    public void AveragingIsUndone()
    {
        var tape = new Tape(new RandomNumbers(5));
        var x = Input(tape, [4, 4], 8, null, 0);
        var y = Pooling.Reduce(tape, x, isMean: true, 1);
        var weights = Weights(y.Value.Length);
        tape.Differentiate(y, weights, undoesAveraging: true);

        Assert.Equal(weights.Sum(w => w * w), x.Gradient!.Sum(g => g * g), 1e-9);
    }

    private static ConvolutionOperation Convolution(long channels, long groups) =>
        new(2, channels, channels, 6, 2, groups, false, WeightInitializer.TorchDefault, null);

    private static Variable Recurrent(Tape tape, Variable x, RecurrentKind kind) => Features.Sequence(
        tape, RecurrentSteps.Draw(tape, kind, Activations.Tanh, (5, 6), RecurrentWeights.Default(6), 5, 6)!.Run(x, isReversed: false).Hidden)!;

    // The same numbers each time, so that only one element differs.
    private static Variable Input(Tape tape, int[] grid, int features, int? element, double change)
    {
        var numbers = new RandomNumbers(11);
        var x = tape.New(3, grid, features);
        for (var i = 0; i < x.Value.Length; i++)
        {
            x.Value[i] = numbers.Normal() + (i == element ? change : 0);
        }

        return x;
    }

    private static double[] Weights(int count)
    {
        var numbers = new RandomNumbers(23);
        return Enumerable.Range(0, count).Select(_ => numbers.Normal()).ToArray();
    }
}
