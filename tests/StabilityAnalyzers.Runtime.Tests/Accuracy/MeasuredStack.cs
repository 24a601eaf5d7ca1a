using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests.Accuracy;

/// <summary>
/// A stack of linear layers built and differentiated with plain TorchSharp operators, without any part of this project:
/// what predictions are held against.
/// </summary>
internal static class MeasuredStack
{
    /// <summary>
    /// log10 of RMS(delta of the first layer) / RMS(delta of the head), both as root mean square over the seeds.
    /// </summary>
    /// <param name="depth">Number of hidden layers.</param>
    /// <param name="width">Their width.</param>
    /// <param name="activate">The activation.</param>
    /// <param name="initialize">Sets a weight; null leaves TorchSharp's default.</param>
    /// <param name="seeds">Number of seeds.</param>
    /// <param name="block">How a layer's input and its activated output make the next input; null for a plain chain.</param>
    internal static double LogGradientRatio(
        int depth, int width, Func<Tensor, Tensor> activate, Action<Tensor>? initialize, int seeds, Func<Tensor, Tensor, Tensor>? block = null)
    {
        double first = 0, last = 0;
        for (var seed = 0; seed < seeds; seed++)
        {
            using var scope = NewDisposeScope();
            manual_seed(1000 + seed);
            var x = randn(64, width);
            var deltas = new List<Tensor>();
            for (var layer = 0; layer <= depth; layer++)
            {
                var linear = nn.Linear(width, width);
                initialize?.Invoke(linear.weight!);
                var z = linear.call(x);
                z.retain_grad();
                deltas.Add(z);
                if (layer < depth)
                {
                    x = block is null || layer == 0 ? activate(z) : block(x, activate(z));
                }
            }

            // A random direction of the output: the loss itself is not what is predicted.
            (deltas[^1] * randn(64, width)).sum().backward();
            first += MeanSquare(deltas[0]);
            last += MeanSquare(deltas[^1]);
        }

        return 0.5 * Math.Log10(first / last);
    }

    /// <summary>
    /// The same for a stack of layers of any kind: log10 of the ratio of the first layer's error signal to the last one's.
    /// </summary>
    /// <param name="make">Makes the layers of one seed, in forward order.</param>
    /// <param name="input">Makes the input.</param>
    /// <param name="activate">The activation between them.</param>
    /// <param name="seeds">Number of seeds.</param>
    internal static double LogGradientRatio(
        Func<nn.Module<Tensor, Tensor>[]> make, Func<Tensor> input, Func<Tensor, Tensor> activate, int seeds)
    {
        double first = 0, last = 0;
        for (var seed = 0; seed < seeds; seed++)
        {
            using var scope = NewDisposeScope();
            manual_seed(2000 + seed);
            var x = input();
            var deltas = new List<Tensor>();
            foreach (var layer in make())
            {
                var z = layer.call(deltas.Count == 0 ? x : activate(x));
                z.retain_grad();
                deltas.Add(z);
                x = z;
            }

            (x * randn_like(x)).sum().backward();
            first += MeanSquare(deltas[0]);
            last += MeanSquare(deltas[^1]);
        }

        return 0.5 * Math.Log10(first / last);
    }

    // In float64: the square of 1e-25 is nothing in float32.
    private static double MeanSquare(Tensor delta) => delta.grad!.to(float64).square().mean().ToDouble();
}
