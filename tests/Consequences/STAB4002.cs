using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Binary cross entropy of logits, with one sigmoid and with two: the gradient of a mistake, and a training.</summary>
internal static class STAB4002
{
    private const int Classes = 10, Steps = 1000;
    private const double LearningRate = 0.5;

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Loss)[] s_ways =
    [
        ("binary_cross_entropy_with_logits(x)", (x, y) => functional.binary_cross_entropy_with_logits(x, y)),
        ("binary_cross_entropy(sigmoid(x))", (x, y) => functional.binary_cross_entropy(x.sigmoid(), y)),
        ("binary_cross_entropy_with_logits(sigmoid(x))", (x, y) => functional.binary_cross_entropy_with_logits(x.sigmoid(), y)),
    ];

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("Size of the gradient at the logit x of one sample (float32) whose target is 0.");
        Console.WriteLine("| loss | x = 2 | 5 | 10 | 20 | 50 | loss of a perfect answer, x = -100 |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (name, loss) in s_ways)
        {
            var gradients = string.Join(" | ", new[] { 2.0, 5, 10, 20, 50 }.Select(logit => Blobs.Text(Gradient(logit, loss), "G2")));
            using var perfect = loss(full([1], -100.0), zeros(1));
            Console.WriteLine($"| `{name}` | {gradients} | {Blobs.Text(perfect.ToDouble(), "F3")} |");
        }

        Console.WriteLine();
        Console.WriteLine($"{Classes} overlapping clouds, one against all others, {Steps} steps of SGD at {Blobs.Text(LearningRate, "G")}, {Blobs.Seeds} seeds: mean (lowest to highest).");
        Console.WriteLine("| loss | final loss | accuracy |");
        Console.WriteLine("|---|---|---|");
        foreach (var (name, loss) in s_ways)
        {
            var results = Blobs.Train(Classes, Steps, LearningRate, (x, y) => loss(x, functional.one_hot(y, Classes).to_type(float32)));
            Console.WriteLine($"| `{name}` | {Blobs.Text(results.Select(r => r.Loss), "F3")} | {Blobs.Text(results.Select(r => r.Accuracy), "P1")} |");
        }
    }

    private static double Gradient(double logit, Func<Tensor, Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var x = full([1], logit).requires_grad_();
        loss(x, zeros(1)).backward();
        return Math.Abs(x.grad!.ToDouble());
    }
}
