using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>Something to learn: where the batches come from, and how an answer is judged. Drawn anew for each seed.</summary>
/// <param name="Batch">Draws so many samples and their targets.</param>
/// <param name="Loss">The loss of an output.</param>
/// <param name="Inputs">Numbers of each sample, where it is a vector.</param>
/// <param name="Outputs">Numbers that the model must return.</param>
/// <param name="InitialLoss">The loss of a model that knows nothing.</param>
internal sealed record TrainingTask(
    Func<int, (Tensor Input, Tensor Target)> Batch, Func<Tensor, Tensor, Tensor> Loss, int Inputs, int Outputs, double InitialLoss)
{
    /// <summary>Ten overlapping clouds of points.</summary>
    public static TrainingTask Blobs()
    {
        Tensor centres = randn(10, 20);
        return new TrainingTask(
            count =>
            {
                Tensor classes = randint(0, 10, count, int64);
                return ((centres.index_select(0, classes) + (1.2 * randn(count, 20))) / Math.Sqrt(2.44), classes);
            },
            (output, target) => functional.cross_entropy(output, target), 20, 10, Math.Log(10));
    }

    /// <summary>A smooth function of eight variables.</summary>
    public static TrainingTask Waves()
    {
        Tensor directions = randn(8, 3) / 2;
        return new TrainingTask(
            count =>
            {
                Tensor points = randn(count, 8);
                return (points, (points.matmul(directions).sin().sum(1, keepdim: true) / 1.2) + (0.05 * randn(count, 1)));
            },
            (output, target) => functional.mse_loss(output, target), 8, 1, 1);
    }

    /// <summary>Patterns of 12 x 12 points in noise.</summary>
    public static TrainingTask Images()
    {
        Tensor patterns = randn(4, 1, 12, 12);
        return new TrainingTask(
            count =>
            {
                Tensor classes = randint(0, 4, count, int64);
                return ((patterns.index_select(0, classes) + (1.5 * randn(count, 1, 12, 12))) / 1.8, classes);
            },
            (output, target) => functional.cross_entropy(output, target), 144, 4, Math.Log(4));
    }

    /// <summary>Sequences of twelve steps; the class says whether one feature is positive on the whole.</summary>
    public static TrainingTask Sequences() => new(
        count =>
        {
            Tensor sequences = randn(count, 12, 4) + (0.4 * randn(count, 1, 4));
            return (sequences, sequences.select(2, 0).mean([1]).gt(0).to_type(int64));
        },
        (output, target) => functional.cross_entropy(output, target), 4, 3, Math.Log(3));

    /// <summary>Bags of tokens, few of which are frequent; the class follows from hidden scores.</summary>
    public static TrainingTask Tokens()
    {
        Tensor scores = randn(200);
        return new TrainingTask(
            count =>
            {
                Tensor tokens = (rand(count, 10).pow(2) * 200).to_type(int64);
                return (tokens, scores.take(tokens).sum([1]).gt(0).to_type(int64));
            },
            (output, target) => functional.cross_entropy(output, target), 10, 2, Math.Log(2));
    }

    /// <summary>Points that are to be reconstructed.</summary>
    public static TrainingTask Reconstruction()
    {
        Tensor mixing = randn(6, 20) / Math.Sqrt(6);
        return new TrainingTask(
            count =>
            {
                Tensor points = randn(count, 6).matmul(mixing) + (0.05 * randn(count, 20));
                return (points, points);
            },
            (output, target) => functional.mse_loss(output, target), 20, 20, 1);
    }
}
