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
}
