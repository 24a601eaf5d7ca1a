using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>How far back in time the gradient of a recurrent layer reaches in TorchSharp.</summary>
internal static class MeasuredHorizon
{
    private const int First = 8, Steps = 12, Batch = 16;

    /// <summary>
    /// log10 of the steps until 5 % of the gradient are left, from the factor between two states that have some steps before
    /// and behind them. The gradient is sent in at the last state; that of an LSTM is taken where it is carried, at the cell state.
    /// </summary>
    /// <param name="create">Makes the model.</param>
    /// <param name="path">Path of the layer, of which the first of several on top of each other is looked at.</param>
    /// <param name="seeds">Number of seeds; the mean is taken of the logarithm of the factor.</param>
    public static double LogOf(Func<nn.Module<Tensor, Tensor>> create, string path, int seeds)
    {
        var logs = Enumerable.Range(0, seeds).Select(seed =>
        {
            using var scope = NewDisposeScope();
            random.manual_seed(7000 + seed);
            using var model = create();
            return LogFactor(model.named_modules().First(pair => pair.name == path).module);
        });
        return Math.Log10(Math.Log(0.05) / logs.Average());
    }

    // One step at a time, so that every state is seen. The generated layers take the batch first.
    private static double LogFactor(nn.Module layer)
    {
        var weight = layer.get_parameter("weight_ih_l0") ?? throw new InvalidOperationException("It is no recurrent layer.");
        var hidden = layer.get_parameter("weight_hh_l0")!.shape[1];
        var states = layer.parameters().Count() / 4;
        var (h, c) = (zeros(states, Batch, hidden), zeros(states, Batch, hidden));
        var carriers = new List<Tensor>();
        for (var step = 0; step < First + (2 * Steps); step++)
        {
            var x = randn(Batch, 1, weight.shape[1]);
            switch (layer)
            {
                case LSTM lstm:
                    (_, h, c) = lstm.call(x, (h, c));
                    carriers.Add(c);
                    break;
                case RNN rnn:
                    (_, h) = rnn.call(x, h);
                    carriers.Add(h);
                    break;
            }

            carriers[^1].retain_grad();
        }

        (h[0] * randn_like(h[0])).sum().backward();
        return 0.5 / Steps * Math.Log(Square(carriers[First]) / Square(carriers[First + Steps]));
    }

    private static double Square(Tensor state) => state.grad![0].to(float64).square().sum().ToDouble();
}
