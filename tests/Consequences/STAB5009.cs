using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>What initialisers draw: mean, deviation, kurtosis (3 for the normal distribution, 1.8 for the uniform), smallest and largest.</summary>
internal static class STAB5009
{
    public static void Run()
    {
        set_num_threads(1);
        random.manual_seed(1);
        Console.WriteLine("A weight of 1000 x 1000.");
        Console.WriteLine("| call | mean | standard deviation | kurtosis | smallest | largest |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Row("trunc_normal_(w, std: 0.02)", w => init.trunc_normal_(w, std: 0.02));
        Row("trunc_normal_(w, mean: 1, std: 0.02)", w => init.trunc_normal_(w, mean: 1, std: 0.02));
        Row("normal_(w, std: 0.02)", w => init.normal_(w, std: 0.02));
        Row("xavier_normal_(w)", w => init.xavier_normal_(w));
        Row("xavier_uniform_(w)", w => init.xavier_uniform_(w));
    }

    private static void Row(string call, Func<Tensor, Tensor> initialize)
    {
        using var scope = NewDisposeScope();
        var w = initialize(empty(1000, 1000)).to_type(float64);
        var centred = w - w.mean();
        var variance = centred.pow(2).mean().ToDouble();
        var kurtosis = variance < 1e-20 ? "" : Blobs.Text(centred.pow(4).mean().ToDouble() / (variance * variance), "F2");
        Console.WriteLine(
            $"| `{call}` | {Blobs.Text(w.mean().ToDouble(), "F4")} | {Blobs.Text(Math.Sqrt(variance), "F4")} | {kurtosis} | {Blobs.Text(w.min().ToDouble(), "F4")} | {Blobs.Text(w.max().ToDouble(), "F4")} |");
    }
}
