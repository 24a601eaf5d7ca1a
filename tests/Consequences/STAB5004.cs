using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>How many tensors, and how much memory, a training loop has when it disposes of each iteration's, and when it does not.</summary>
internal static class STAB5004
{
    private const int Steps = 200;

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"Three layers of 1024, batch 256, {Steps} steps of SGD.");
        Console.WriteLine("| loop | most tensors at a time | memory of the process grew by at most |");
        Console.WriteLine("|---|---|---|");
        Report("with a scope per iteration", true);
        Report("without", false);
    }

    private static void Report(string name, bool withScope)
    {
        random.manual_seed(1);
        using var model = Sequential(Linear(1024, 1024), ReLU(), Linear(1024, 1024), ReLU(), Linear(1024, 1));
        using var optimizer = optim.SGD(model.parameters(), 0.01);
        using var x = randn(256, 1024);
        using var y = randn(256, 1);
        Step(withScope);
        var (tensors, memory) = (0L, 0L);
        var before = Environment.WorkingSet;
        for (var step = 0; step < Steps; step++)
        {
            Step(withScope);
            tensors = Math.Max(tensors, Tensor.TotalCount);
            memory = Math.Max(memory, Environment.WorkingSet - before);
        }

        Console.WriteLine($"| {name} | {tensors} | {memory / 1_000_000} MB |");

        void Step(bool scoped)
        {
            using var scope = scoped ? NewDisposeScope() : null;
            optimizer.zero_grad();
            var loss = functional.mse_loss(model.call(x), y);
            loss.backward();
            optimizer.step();
        }
    }
}
