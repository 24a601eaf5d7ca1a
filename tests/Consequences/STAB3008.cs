using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>
/// Learning 128 points, a tenth of them in the wrong class, with a network that is far too large for them, with dropout;
/// after each epoch comes eval(), and then train() or not. The classes of the other points, of the test, are right.
/// </summary>
internal static class STAB3008
{
    private const int Epochs = 3000, Seeds = 5, Few = 128;

    public static void Run()
    {
        set_num_threads(1);
        var (points, classes) = Spirals.Data();
        Report.Head("after each evaluation", "dropout during training", "training loss", "test loss");
        foreach (var returns in new[] { true, false })
        {
            var ends = Enumerable.Range(1, Seeds).Select(seed => Train(returns, seed, points, classes)).ToList();
            Report.Row(
                returns ? "train()" : "nothing",
                ends.All(end => end.Training) ? "on" : "off after the first evaluation",
                string.Join(", ", ends.Select(end => Report.Text(end.Loss, "G3"))),
                string.Join(", ", ends.Select(end => Report.Text(end.Test, "G3"))));
        }
    }

    private static (bool Training, double Loss, double Test) Train(bool returns, int seed, Tensor points, Tensor classes)
    {
        random.manual_seed(seed);
        using var network = Sequential(Linear(2, 256), ReLU(), Dropout(0.3), Linear(256, 256), ReLU(), Dropout(0.3), Linear(256, 2));
        using var optimizer = optim.Adam(network.parameters(), 1e-3);
        var x = points[..Few];
        var noise = rand(Few) < 0.1;
        var y = where(noise, 1 - classes[..Few], classes[..Few]);
        var training = true;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            using var scope = NewDisposeScope();
            training = network.training;
            optimizer.zero_grad();
            functional.cross_entropy(network.call(x), y).backward();
            optimizer.step();
            network.eval();
            if (returns)
            {
                network.train();
            }
        }

        return (training, Spirals.Evaluate(network, x, y).Loss, Spirals.Evaluate(network, points[Few..], classes[Few..]).Loss);
    }
}
