using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Outputs behind ReLU, and softmax over one element, in a training.</summary>
internal static class STAB4006
{
    private const int Classes = 10, Steps = 1000, Samples = 64;

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"{Classes} overlapping clouds, {Steps} steps of SGD, {Blobs.Seeds} seeds: mean (lowest to highest).");
        Console.WriteLine("| input of cross entropy | learning rate | final loss | accuracy |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var learningRate in new[] { 0.1, 1 })
        {
            foreach (var (name, end) in new (string, Func<Tensor, Tensor>)[] { ("logits", x => x), ("relu of the logits", x => x.relu()) })
            {
                var results = Blobs.Train(Classes, Steps, learningRate, (x, y) => functional.cross_entropy(end(x), y));
                Console.WriteLine(
                    $"| {name} | {Blobs.Text(learningRate, "G")} | {Blobs.Text(results.Select(r => r.Loss), "F3")} | {Blobs.Text(results.Select(r => r.Accuracy), "P1")} |");
            }
        }

        Console.WriteLine();
        Console.WriteLine($"Linear(8, 16), Tanh, Linear(16, 1) and an end: gradient norm of all weights for {Samples} samples with targets of 0 and 1.");
        Console.WriteLine("| end | loss | smallest and largest output | gradient norm |");
        Console.WriteLine("|---|---|---|---|");
        Row("Softmax(-1)", Softmax(-1));
        Row("Sigmoid()", Sigmoid());
    }

    private static void Row(string name, nn.Module<Tensor, Tensor> end)
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var model = Sequential(Linear(8, 16), Tanh(), Linear(16, 1), end);
        var output = model.call(randn(Samples, 8));
        functional.mse_loss(output, randint(0, 2, [Samples, 1]).to_type(float32)).backward();
        var norm = nn.utils.clip_grad_norm_(model.parameters(), double.PositiveInfinity);
        Console.WriteLine(
            $"| `{name}` | mse_loss | {Blobs.Text(output.min().ToDouble(), "F2")}, {Blobs.Text(output.max().ToDouble(), "F2")} | {Blobs.Text(norm, "G2")} |");
    }
}
