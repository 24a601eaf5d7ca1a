using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>
/// A classification of Gaussian clouds that overlap: class k lies around a centre of its own with noise of the same
/// size. A network of one hidden layer learns it, with a loss that the experiment chooses.
/// </summary>
internal static class Blobs
{
    public const int Features = 20, Hidden = 64, Batch = 64, Seeds = 5, TestSamples = 4000;

    /// <summary>What one run ends with.</summary>
    /// <param name="Loss">Mean loss of the last 50 steps.</param>
    /// <param name="Accuracy">Share of new samples whose largest output is that of their class.</param>
    /// <param name="CrossEntropy">Cross entropy of new samples, the outputs taken as logits.</param>
    public sealed record Result(double Loss, double Accuracy, double CrossEntropy);

    /// <summary>Trains with seeds 1 to 5, and gives the results in that order.</summary>
    /// <param name="classes">Number of classes, which is the number of outputs.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="learningRate">Of plain SGD.</param>
    /// <param name="loss">The loss of outputs (batch x classes) and classes (batch).</param>
    public static List<Result> Train(int classes, int steps, double learningRate, Func<Tensor, Tensor, Tensor> loss) =>
        [.. Enumerable.Range(1, Seeds).Select(seed => Train(seed, classes, steps, learningRate, loss))];

    /// <summary>The mean over seeds, and the range, as text.</summary>
    public static string Text(IEnumerable<double> values, string format)
    {
        var list = values.ToList();
        return $"{Text(list.Average(), format)} ({Text(list.Min(), format)} to {Text(list.Max(), format)})";
    }

    /// <summary>A number as text.</summary>
    public static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static Result Train(int seed, int classes, int steps, double learningRate, Func<Tensor, Tensor, Tensor> loss)
    {
        random.manual_seed(seed);
        using var all = NewDisposeScope();
        var centres = randn(classes, Features);
        var model = Sequential(Linear(Features, Hidden), ReLU(), Linear(Hidden, classes));
        using var optimizer = optim.SGD(model.parameters(), learningRate);
        var losses = new List<double>();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var (x, y) = Samples(centres, Batch);
            optimizer.zero_grad();
            var value = loss(model.call(x), y);
            value.backward();
            optimizer.step();
            losses.Add(value.ToDouble());
        }

        using var noGrad = no_grad();
        var (input, target) = Samples(centres, TestSamples);
        var output = model.call(input);
        return new(
            losses.TakeLast(50).Average(),
            output.argmax(1).eq(target).to_type(float64).mean().ToDouble(),
            functional.cross_entropy(output, target).ToDouble());
    }

    private static (Tensor X, Tensor Y) Samples(Tensor centres, int count)
    {
        var y = randint(0, centres.shape[0], [count], int64);
        return (centres.index_select(0, y) + randn(count, Features), y);
    }
}
