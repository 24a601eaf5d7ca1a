using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Two spirals, 2000 steps, with and without clearing the gradients.</summary>
internal static class STAB3003
{
    private const int Steps = 2000, Seeds = 5;

    public static void Run()
    {
        set_num_threads(1);
        var (points, classes) = Spirals.Data();
        Report.Head("optimizer", "zero_grad", "final loss", "accuracy");
        foreach (var (name, make) in new (string, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer>)[]
        {
            ("SGD, 0.1", parameters => optim.SGD(parameters, 0.1)),
            ("Adam, 1e-3", parameters => optim.Adam(parameters, 1e-3)),
        })
        {
            foreach (var clears in new[] { true, false })
            {
                var ends = Enumerable.Range(1, Seeds).Select(seed => Train(make, clears, seed, points, classes)).ToList();
                Report.Row(
                    name,
                    clears ? "yes" : "no",
                    string.Join(", ", ends.Select(end => Report.Text(end.Loss, "G3"))),
                    string.Join(", ", ends.Select(end => Report.Text(end.Accuracy, "F2"))));
            }
        }
    }

    private static (double Loss, double Accuracy) Train(
        Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer> make, bool clears, int seed, Tensor points, Tensor classes)
    {
        random.manual_seed(seed);
        using var network = Spirals.Network();
        using var optimizer = make(network.parameters());
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (x, y) = Spirals.Draw(points, classes);
            if (clears)
            {
                optimizer.zero_grad();
            }

            functional.cross_entropy(network.call(x), y).backward();
            optimizer.step();
        }

        return Spirals.Evaluate(network, points, classes);
    }
}
