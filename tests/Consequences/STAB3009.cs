using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Two spirals, 2000 batches: one step for each, two steps for each, steps without any backward.</summary>
internal static class STAB3009
{
    private const int Batches = 2000, Seeds = 5;

    public static void Run()
    {
        set_num_threads(1);
        var (points, classes) = Spirals.Data();
        Report.Head("steps per backward", "loss after 2000 batches", "weights changed");
        foreach (var (name, backward, steps) in new[] { ("one", true, 1), ("two", true, 2), ("no backward at all", false, 1) })
        {
            var ends = Enumerable.Range(1, Seeds).Select(seed => Train(backward, steps, seed, points, classes)).ToList();
            Report.Row(
                name,
                string.Join(", ", ends.Select(end => Report.Text(end.Loss, "G3"))),
                ends.All(end => end.Changed) ? "yes" : ends.Any(end => end.Changed) ? "in some runs" : "no");
        }
    }

    // SGD with momentum at a rate that is near the limit of what the problem bears: two steps are beyond it.
    private static (double Loss, bool Changed) Train(bool backward, int steps, int seed, Tensor points, Tensor classes)
    {
        random.manual_seed(seed);
        using var network = Spirals.Network();
        using var optimizer = optim.SGD(network.parameters(), 0.3, momentum: 0.9);
        using var before = network.parameters().First().detach().clone();
        for (var batch = 0; batch < Batches; batch++)
        {
            using var scope = NewDisposeScope();
            var (x, y) = Spirals.Draw(points, classes);
            optimizer.zero_grad();
            var loss = functional.cross_entropy(network.call(x), y);
            if (backward)
            {
                loss.backward();
            }

            for (var step = 0; step < steps; step++)
            {
                optimizer.step();
            }
        }

        return (Spirals.Evaluate(network, points, classes).Loss, network.parameters().First().sub(before).abs().max().ToSingle() > 0);
    }
}
