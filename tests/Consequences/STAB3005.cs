using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>What the process holds when the loss of each step is kept as a number, without its graph, or with it.</summary>
internal static class STAB3005
{
    private const int Steps = 4000, Depth = 50;

    // Until the end: memory that one measurement gives back would be used by the next, and not be seen.
    private static readonly List<object> s_kept = [];

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"{Depth} layers of 32 units, batch 16, {Steps} steps; all other tensors are disposed of.");
        Report.Head("kept", "growth of the resident memory, MB", "per step, kB");
        foreach (var how in new[] { "total += loss.ToSingle()", "losses.Add(loss.detach())", "losses.Add(loss)", "total += loss" })
        {
            var megabytes = Measure(how);
            Report.Row($"`{how}`", Report.Text(megabytes, "F0"), Report.Text(megabytes * 1024 / Steps, "F1"));
        }
    }

    private static double Measure(string how)
    {
        random.manual_seed(1);
        var layers = Enumerable.Range(0, Depth).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(32, 32), Tanh() });
        using var network = Sequential(layers);
        using var optimizer = optim.SGD(network.parameters(), 0.01);
        using var x = rand(16, 32);
        var number = 0.0;
        var losses = new List<Tensor>();
        var total = zeros(1);
        var before = 0L;
        for (var step = -200; step < Steps; step++)
        {
            if (step == 0)
            {
                before = Resident();
            }

            optimizer.zero_grad();
            using var output = network.call(x);
            var loss = functional.mse_loss(output, x);
            loss.backward();
            optimizer.step();
            switch (how)
            {
                case "losses.Add(loss)":
                    losses.Add(loss);
                    continue;
                case "losses.Add(loss.detach())":
                    losses.Add(loss.detach());
                    break;
                case "total += loss":
                    var sum = total + loss;
                    total.Dispose();
                    total = sum;
                    break;
                default:
                    number += loss.ToSingle();
                    break;
            }

            loss.Dispose();
        }

        var growth = (Resident() - before) / 1048576.0;
        s_kept.Add((total, losses));
        return growth;
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        return process.WorkingSet64;
    }
}
