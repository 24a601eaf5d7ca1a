using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>The divergence of a distribution from itself, which is 0, and a training that ought to find one; a variance; a sum.</summary>
internal static class STAB5010
{
    private const int Classes = 5, Steps = 2000;

    public static void Run()
    {
        set_num_threads(1);
        random.manual_seed(1);
        using var target = tensor(new[] { 0.5f, 0.3f, 0.1f, 0.05f, 0.05f }).unsqueeze(0);
        Console.WriteLine("kl_div of the logarithms of (0.5, 0.3, 0.1, 0.05, 0.05) and a target; then what logits learn, 2000 steps of SGD at 1, reduction Sum.");
        Console.WriteLine("| call | value where both are the same | learnt distribution |");
        Console.WriteLine("|---|---|---|");
        Row("kl_div(x, p)", target, (x, p) => functional.kl_div(x, p, reduction: Reduction.Sum));
        Row("kl_div(x, p, log_target: false)", target, (x, p) => functional.kl_div(x, p, log_target: false, reduction: Reduction.Sum));
        Row("kl_div(x, p.log(), log_target: true)", target, (x, p) => functional.kl_div(x, p.log(), log_target: true, reduction: Reduction.Sum));

        Console.WriteLine();
        using var sample = randn(1_000_000) * 3;
        Console.WriteLine($"A million numbers of variance 9: torch.var_mean(x) gives {Blobs.Text(torch.var_mean(sample).var.ToDouble(), "F3")}, x.var_mean() gives {Blobs.Text(sample.var_mean().Item1.ToDouble(), "F3")}.");
        using var hundreds = full([2, 3], 100f);
        using var asByte = hundreds.sum(0);
        using var overRows = hundreds.sum(0L);
        Console.WriteLine($"The sum of a 2 x 3 tensor of 100: x.sum(0) gives {asByte.ToDouble()} ({asByte.dtype}), x.sum(0L) gives {string.Join(", ", overRows.data<float>())}.");
    }

    private static void Row(string call, Tensor target, Func<Tensor, Tensor, Tensor> divergence)
    {
        using var scope = NewDisposeScope();
        var same = divergence(target.log(), target).ToDouble();
        var logits = zeros(1, Classes).requires_grad_();
        using var optimizer = optim.SGD([new TorchSharp.Modules.Parameter(logits)], 1);
        var parameter = optimizer.parameters().First();
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            divergence(parameter.log_softmax(1), target).backward();
            optimizer.step();
        }

        var learnt = string.Join(", ", parameter.softmax(1).data<float>().Select(p => Blobs.Text(p, "F2")));
        Console.WriteLine($"| `{call}` | {Blobs.Text(same, "F3")} | {learnt} |");
    }
}
