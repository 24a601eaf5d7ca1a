using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>The negative log likelihood of log-probabilities, of probabilities and of logits, in a training.</summary>
internal static class STAB4004
{
    private const int Classes = 10, Steps = 1000;
    private const double LearningRate = 0.1;

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"{Classes} overlapping clouds, {Steps} steps of SGD at {Blobs.Text(LearningRate, "G")}, {Blobs.Seeds} seeds: mean (lowest to highest).");
        Console.WriteLine("| input of nll_loss | final loss | accuracy | cross entropy of new samples |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (name, loss) in new (string, Func<Tensor, Tensor, Tensor>)[]
        {
            ("log_softmax", (x, y) => functional.nll_loss(x.log_softmax(1), y)),
            ("softmax", (x, y) => functional.nll_loss(x.softmax(1), y)),
            ("logits", (x, y) => functional.nll_loss(x, y)),
        })
        {
            var results = Blobs.Train(Classes, Steps, LearningRate, loss);
            Console.WriteLine(
                $"| {name} | {Blobs.Text(results.Select(r => r.Loss), "G3")} | {Blobs.Text(results.Select(r => r.Accuracy), "P1")} | {Blobs.Text(results.Select(r => r.CrossEntropy), "G3")} |");
        }
    }
}
