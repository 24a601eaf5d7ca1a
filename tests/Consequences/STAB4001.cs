using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Cross entropy of logits, of softmax and of log_softmax: the gradient of a confident mistake, and a training.</summary>
internal static class STAB4001
{
    private const int Classes = 10, Steps = 2000;
    private const double LearningRate = 0.1;

    private static readonly (string Name, Func<Tensor, Tensor, Tensor> Loss)[] s_inputs =
    [
        ("logits", (x, y) => functional.cross_entropy(x, y)),
        ("softmax", (x, y) => functional.cross_entropy(x.softmax(1), y)),
        ("log_softmax", (x, y) => functional.cross_entropy(x.log_softmax(1), y)),
    ];

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("Gradient norm at the logits of one sample of 10 classes, where the logit of a wrong class stands out.");
        Console.WriteLine("| input of the loss | wrong by 2 | by 5 | by 10 | by 20 | loss of a perfect answer |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (name, loss) in s_inputs)
        {
            var gradients = string.Join(" | ", new[] { 2.0, 5, 10, 20 }.Select(margin => Blobs.Text(GradientNorm(margin, loss), "G2")));
            Console.WriteLine($"| {name} | {gradients} | {Blobs.Text(Perfect(loss), "F3")} |");
        }

        Console.WriteLine();
        Console.WriteLine($"Overlapping clouds, {Steps} steps of SGD at {Blobs.Text(LearningRate, "G")}, {Blobs.Seeds} seeds: mean (lowest to highest).");
        Console.WriteLine("| classes | input of the loss | final loss | accuracy |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var classes in new[] { 10, 100 })
        {
            foreach (var (name, loss) in s_inputs)
            {
                var results = Blobs.Train(classes, Steps, LearningRate, loss);
                Console.WriteLine($"| {classes} | {name} | {Blobs.Text(results.Select(r => r.Loss), "F3")} | {Blobs.Text(results.Select(r => r.Accuracy), "P1")} |");
            }
        }
    }

    private static double GradientNorm(double margin, Func<Tensor, Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var logits = zeros(1, Classes, dtype: float64);
        logits[0, 1] = margin;
        logits.requires_grad_();
        loss(logits, zeros(1, int64)).backward();
        return logits.grad!.norm().ToDouble();
    }

    private static double Perfect(Func<Tensor, Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var logits = zeros(1, Classes);
        logits[0, 0] = 100;
        return loss(logits, zeros(1, int64)).ToDouble();
    }
}
