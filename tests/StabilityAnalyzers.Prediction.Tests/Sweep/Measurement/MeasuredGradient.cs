using StabilityAnalyzers.Tests.Sweep.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Tests.Sweep.Measurement;

/// <summary>What TorchSharp computes for a model, over several seeds.</summary>
/// <param name="First">Path of the first layer with weights.</param>
/// <param name="Last">Path of the last one.</param>
/// <param name="Paths">All of them, in the order of their first calls.</param>
/// <param name="LogRatio">
/// log10 of RMS(error signal of the first layer) / RMS(error signal of the last one), both as root mean square over seeds, the
/// error signal being the gradient with respect to the layer's output.
/// </param>
/// <param name="LogNormRatio">log10 of the ratio of the norms of the two, in place of the RMS of an element.</param>
/// <param name="LogRatios">The same of each layer, by its path; the first call of a layer that is called more than once.</param>
/// <param name="LogOutputs">log10 of the RMS of each layer's output, by its path; likewise of its first call.</param>
/// <param name="LogSpread">Standard deviation of the first layer's log10 ratio from seed to seed.</param>
/// <param name="IsWithinFloat">False if some gradient is beyond what float32 can hold.</param>
internal sealed record MeasuredGradient(
    string First,
    string Last,
    IReadOnlyList<string> Paths,
    double LogRatio,
    double LogNormRatio,
    IReadOnlyDictionary<string, double> LogRatios,
    IReadOnlyDictionary<string, double> LogOutputs,
    double LogSpread,
    bool IsWithinFloat)
{
    // Below, float32 loses digits, and then everything.
    private const double LeastSquare = 1e-72;

    /// <summary>Runs a model forward and backward once for each seed, with a gradient of standard normal noise at its output.</summary>
    /// <param name="create">Makes the model.</param>
    /// <param name="input">What it takes.</param>
    /// <param name="seeds">Number of seeds.</param>
    /// <exception cref="InvalidOperationException">No layer was seen.</exception>
    public static MeasuredGradient Of(Func<nn.Module<Tensor, Tensor>> create, InputBatch input, int seeds)
    {
        var order = new List<string>();
        var sums = new Dictionary<string, double>();
        var outputs = new Dictionary<string, double>();
        var ratios = new List<double>();
        var last = "";
        double lastSum = 0, firstElements = 0, lastElements = 0;
        var isWithinFloat = true;
        for (var seed = 0; seed < seeds; seed++)
        {
            using var scope = NewDisposeScope();
            random.manual_seed(7000 + seed);
            using var model = create();
            var capture = new ForwardCapture(model);
            var output = model.call(input.Vocabulary is { } vocabulary ? randint(vocabulary, input.Shape, int64) : randn(input.Shape));
            (output * randn_like(output)).sum().backward();

            var seen = new HashSet<string>();
            double first = -1, square = 0;
            foreach (var (path, tensor) in capture.Outputs)
            {
                using var gradient = tensor.grad;

                // A layer that the output does not depend on has no gradient.
                square = gradient is null ? 0 : MeanSquare(gradient);
                last = path;
                lastElements = tensor.numel();
                firstElements = first < 0 ? tensor.numel() : firstElements;
                isWithinFloat &= square is > LeastSquare and < 1e72;
                first = first < 0 ? square : first;
                if (seen.Add(path))
                {
                    sums[path] = sums.GetValueOrDefault(path) + square;
                    outputs[path] = outputs.GetValueOrDefault(path) + (MeanSquare(tensor) / seeds);
                    if (seed == 0)
                    {
                        order.Add(path);
                    }
                }

                tensor.Dispose();
            }

            lastSum += square;
            ratios.Add(0.5 * Math.Log10(first / square));
        }

        if (order.Count == 0)
        {
            throw new InvalidOperationException("No hook saw a layer with weights.");
        }

        var logs = order.ToDictionary(path => path, path => 0.5 * Math.Log10(sums[path] / lastSum));
        var mean = ratios.Average();
        return new MeasuredGradient(
            order[0],
            last,
            order,
            logs[order[0]],
            logs[order[0]] + (0.5 * Math.Log10(firstElements / lastElements)),
            logs,
            outputs.ToDictionary(pair => pair.Key, pair => 0.5 * Math.Log10(pair.Value)),
            Math.Sqrt(ratios.Sum(ratio => (ratio - mean) * (ratio - mean)) / (ratios.Count - 1)),
            isWithinFloat);
    }

    // In float64: the square of 1e-25 is nothing in float32.
    private static double MeanSquare(Tensor tensor)
    {
        using var _ = no_grad();
        return tensor.to(float64).square().mean().ToDouble();
    }
}
