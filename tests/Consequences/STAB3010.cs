using System.Diagnostics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>An evaluation of 20 batches with and without the recording of gradients: what it takes.</summary>
internal static class STAB3010
{
    public static void Run()
    {
        set_num_threads(1);
        using var network = Sequential(Enumerable.Range(0, 20).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(512, 512), Tanh() }));
        network.eval();
        using var x = rand(1024, 512);
        Report.Head("evaluation", "memory held by ten outputs, MB", "time per batch, ms");
        Report.Row("without no_grad", Measure(network, x));
        using (no_grad())
        {
            Report.Row("within no_grad", Measure(network, x));
        }
    }

    private static string Measure(Module<Tensor, Tensor> network, Tensor x)
    {
        network.call(x).Dispose();
        var before = Resident();
        var outputs = Enumerable.Range(0, 10).Select(_ => network.call(x)).ToList();
        var held = (Resident() - before) / 1048576.0;
        outputs.ForEach(output => output.Dispose());
        var times = new List<double>();
        for (var batch = 0; batch < 20; batch++)
        {
            using var scope = NewDisposeScope();
            var watch = Stopwatch.StartNew();
            network.call(x);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        return $"{Report.Text(held, "F0")} | {Report.Text(times[times.Count / 2], "F0")}";
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
