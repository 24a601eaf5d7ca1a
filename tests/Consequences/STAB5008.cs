using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>The weights of new GroupNorm layers in a process whose memory was used before, and what a training makes of them.</summary>
internal static class STAB5008
{
    private const int Layers = 200, Channels = 256, Steps = 300, Seeds = 20;

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"{Layers} layers GroupNorm(8, {Channels}), made after tensors of the same size were used and freed.");
        var (ones, zeros, infinite, other) = Weights();
        Console.WriteLine($"Of {Layers * Channels} weights, which should be 1: {Percent(ones)} are 1, {Percent(zeros)} smaller than 1e-6, {Percent(infinite)} not finite, {Percent(other)} anything else.");
        Console.WriteLine();
        Console.WriteLine($"Linear, GroupNorm, ReLU, Linear; {Steps} steps of SGD at 0.05 on overlapping clouds, {Seeds} seeds.");
        Console.WriteLine("| weights and bias | runs that end in NaN or infinity | accuracy of the others, mean (lowest to highest) |");
        Console.WriteLine("|---|---|---|");
        foreach (var isSet in new[] { true, false })
        {
            var runs = Enumerable.Range(1, Seeds).Select(seed => Train(seed, isSet)).ToList();
            var finite = runs.Where(run => double.IsFinite(run.Loss)).ToList();
            Console.WriteLine(
                $"| {(isSet ? "set to 1 and 0" : "as GroupNorm leaves them")} | {runs.Count - finite.Count} of {runs.Count} | {(finite.Count == 0 ? "" : Blobs.Text(finite.Select(run => run.Accuracy), "P1"))} |");
        }
    }

    private static (double Ones, double Zeros, double Infinite, double Other) Weights()
    {
        UseMemory();
        var values = Enumerable.Range(0, Layers).Select(_ => GroupNorm(8, Channels)).SelectMany(norm => norm.weight!.data<float>().ToArray()).ToList();
        double Share(Func<float, bool> condition) => values.Count(condition) / (double)values.Count;
        var ones = Share(value => value == 1);
        var zeros = Share(value => Math.Abs(value) < 1e-6f);
        var infinite = Share(value => !float.IsFinite(value));
        return (ones, zeros, infinite, 1 - ones - zeros - infinite);
    }

    private static (double Loss, double Accuracy) Train(int seed, bool isSet)
    {
        random.manual_seed(seed);
        using var all = NewDisposeScope();
        var centres = randn(10, 20);
        UseMemory();
        var norm = GroupNorm(8, Channels);
        if (isSet)
        {
            init.ones_(norm.weight!);
            init.zeros_(norm.bias!);
        }

        // GroupNorm asks for three dimensions at least.
        var model = Sequential(Linear(20, Channels), Unflatten(1, [Channels, 1]), norm, ReLU(), Flatten(), Linear(Channels, 10));
        using var optimizer = optim.SGD(model.parameters(), 0.05);
        var last = 0.0;
        for (var step = 0; step < Steps && double.IsFinite(last); step++)
        {
            using var scope = NewDisposeScope();
            var y = randint(0, 10, [64], int64);
            optimizer.zero_grad();
            var loss = functional.cross_entropy(model.call(centres.index_select(0, y) + randn(64, 20)), y);
            loss.backward();
            optimizer.step();
            last = loss.ToDouble();
        }

        using var noGrad = no_grad();
        var target = randint(0, 10, [2000], int64);
        var output = model.call(centres.index_select(0, target) + randn(2000, 20));
        return (last, output.argmax(1).eq(target).to_type(float64).mean().ToDouble());
    }

    // Numbers of the size that a step leaves in memory: activations, moments, squares.
    private static void UseMemory()
    {
        foreach (var scale in new[] { 1.0, 1e-3, 1e4 })
        {
            var used = Enumerable.Range(0, 100).Select(_ => randn(Channels) * scale).ToList();
            used.ForEach(tensor => tensor.Dispose());
        }
    }

    private static string Percent(double share) => Blobs.Text(share, "P1");
}
