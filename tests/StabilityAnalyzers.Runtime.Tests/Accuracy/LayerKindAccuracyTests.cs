using StabilityAnalyzers.GradientFlow;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests.Accuracy;

/// <summary>Predictions for every kind of layer against gradients that TorchSharp really computes.</summary>
public sealed class LayerKindAccuracyTests(ITestOutputHelper output)
{
    private const double TolerableError = 0.15;

    /// <summary>Where the size of the input is not known, the loss at the border is that of a larger one.</summary>
    private const double TolerableErrorWithoutSize = 0.3;

    private static readonly string[] OfUnknownSize = ["padding", "depthwise"];

    public static TheoryData<string> Names => [.. LayerKinds.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void PredictedRatioIsTheMeasuredOne(string name)
    {
        var network = LayerKinds.Cases[name]();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var prediction = SignalPropagation.Predict(network.Graph);
        watch.Stop();
        double first = 0, last = 0;
        for (var seed = 0; seed < 5; seed++)
        {
            using var scope = NewDisposeScope();
            manual_seed(4000 + seed);
            var (a, b) = network.Run();
            (b * randn_like(b)).sum().backward();
            first += a.grad!.to(float64).square().mean().ToDouble();
            last += b.grad!.to(float64).square().mean().ToDouble();
        }

        // The last step of a sequence of unknown length: per element, the gradient depends on the length.
        if (name == "lstm, last step")
        {
            Assert.Null(prediction.Layers[0].GradientRatio);
            Assert.NotNull(prediction.Layers[0].DepthFactor);
            return;
        }

        var tolerance = OfUnknownSize.Contains(name) ? TolerableErrorWithoutSize : TolerableError;
        var measured = 0.5 * Math.Log10(first / last);
        var predicted = prediction.Layers[0].GradientRatio is { } ratio ? Math.Log10(ratio) : double.NaN;
        output.WriteLine(FormattableString.Invariant(
            $"{name,-28}: predicted {predicted,6:F2}, measured {measured,6:F2}, error {predicted - measured,6:F3}, depth factor {prediction.Layers[0].DepthFactor:E2}, {watch.ElapsedMilliseconds} ms"));
        Assert.InRange(predicted - measured, -tolerance, tolerance);
    }

    // The gradient that is sent in behind the last of 33 steps, at step 8 and at step 20.
    [Theory]
    [InlineData(RecurrentKind.Rnn)]
    [InlineData(RecurrentKind.Lstm)]
    [InlineData(RecurrentKind.Gru)]
    public void FactorPerStepIsTheMeasuredOne(RecurrentKind kind)
    {
        const int Inputs = 32, Hidden = 96, Early = 8, Late = 20;
        var builder = new ModelGraphBuilder();
        var node = builder.Add(new RecurrentOperation(kind, Inputs, Hidden, RecurrentWeights.Default(Hidden)), "recurrent", builder.Add(new InputOperation(), null));
        var predicted = SignalPropagation.Predict(builder.Build("Recurrent", node)).Layers[0].Recurrent!.FactorPerStep!.Value;
        double early = 0, late = 0;
        for (var seed = 0; seed < 3; seed++)
        {
            using var scope = NewDisposeScope();
            manual_seed(5000 + seed);
            var rnn = nn.RNNCell(Inputs, Hidden);
            var lstm = nn.LSTMCell(Inputs, Hidden);
            var gru = nn.GRUCell(Inputs, Hidden);
            Tensor state = zeros(16, Hidden), cell = zeros(16, Hidden);
            var carriers = new List<Tensor>();
            for (var step = 0; step < 33; step++)
            {
                var x = randn(16, Inputs);
                switch (kind)
                {
                    case RecurrentKind.Rnn:
                        state = rnn.call(x, state);
                        break;
                    case RecurrentKind.Gru:
                        state = gru.call(x, state);
                        break;
                    default:
                        (state, cell) = lstm.call(x, (state, cell));
                        break;
                }

                var carrier = kind == RecurrentKind.Lstm ? cell : state;
                carrier.retain_grad();
                carriers.Add(carrier);
            }

            (state * randn_like(state)).sum().backward();
            early += carriers[Early].grad!.to(float64).square().mean().ToDouble();
            late += carriers[Late].grad!.to(float64).square().mean().ToDouble();
        }

        var measured = Math.Pow(early / late, 0.5 / (Late - Early));
        output.WriteLine(FormattableString.Invariant($"{kind}: predicted {predicted:F3} per step, measured {measured:F3}"));
        Assert.InRange(predicted / measured, 0.95, 1.05);
    }
}
