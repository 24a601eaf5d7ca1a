using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>How many of a million ones the ways to call dropout with p = 0.5 keep, while training and in evaluation.</summary>
internal static class STAB5006
{
    public static void Run()
    {
        set_num_threads(1);
        random.manual_seed(1);
        Console.WriteLine("| in forward | kept while training | kept in evaluation |");
        Console.WriteLine("|---|---|---|");
        Row("functional.dropout(x, 0.5)", (_, x) => functional.dropout(x, 0.5));
        Row("functional.dropout(x, 0.5, training)", (training, x) => functional.dropout(x, 0.5, training));
        Row("Dropout(0.5).call(x)", (_, x) => Dropout(0.5).call(x));
        Row("functional.alpha_dropout(x, 0.5)", (_, x) => functional.alpha_dropout(x, 0.5));
    }

    private static void Row(string code, Func<bool, Tensor, Tensor> dropout)
    {
        using var net = new Net(dropout);
        net.train();
        var training = Kept(net);
        net.eval();
        Console.WriteLine($"| `{code}` | {Blobs.Text(training, "P0")} | {Blobs.Text(Kept(net), "P0")} |");
    }

    // alpha_dropout sets what it drops to another number than 0; the most frequent number is what was kept or dropped.
    private static double Kept(Net net)
    {
        using var scope = NewDisposeScope();
        var x = net.call(ones(1_000_000));
        return x.eq(x.max()).to_type(float64).mean().ToDouble();
    }

    private sealed class Net(Func<bool, Tensor, Tensor> dropout) : Module<Tensor, Tensor>(nameof(Net))
    {
        public override Tensor forward(Tensor x) => dropout(training, x);
    }
}
