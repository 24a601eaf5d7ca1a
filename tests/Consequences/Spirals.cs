using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>
/// A small problem on which a training loop either works or does not: to which of two interleaved spirals does a point
/// in the plane belong? Who guesses has a loss of ln 2 = 0.693, and is right half of the time.
/// </summary>
internal static class Spirals
{
    public const int Count = 1024, Batch = 64;

    /// <summary>Points (Count x 2) and classes (Count), always the same.</summary>
    public static (Tensor Points, Tensor Classes) Data()
    {
        random.manual_seed(7);
        var classes = arange(Count) % 2;
        var radius = rand(Count);
        var angle = (radius * 5) + (classes * MathF.PI) + (randn(Count) * 0.1);
        return (stack([radius * angle.cos(), radius * angle.sin()], 1), classes.to(int64));
    }

    /// <summary>Two hidden layers of 64 ReLU units.</summary>
    public static Sequential Network(double dropout = 0) => dropout > 0
        ? Sequential(Linear(2, 64), ReLU(), Dropout(dropout), Linear(64, 64), ReLU(), Dropout(dropout), Linear(64, 2))
        : Sequential(Linear(2, 64), ReLU(), Linear(64, 64), ReLU(), Linear(64, 2));

    /// <summary>A batch drawn at random.</summary>
    public static (Tensor Points, Tensor Classes) Draw(Tensor points, Tensor classes)
    {
        var index = randint(0, Count, [Batch], int64);
        return (points[index], classes[index]);
    }

    /// <summary>Loss and accuracy over all points, in evaluation mode.</summary>
    public static (double Loss, double Accuracy) Evaluate(Sequential network, Tensor points, Tensor classes)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var wasTraining = network.training;
        network.eval();
        var output = network.call(points);
        network.train(wasTraining);
        return (functional.cross_entropy(output, classes).ToDouble(), output.argmax(1).eq(classes).to(float64).mean().ToDouble());
    }
}
