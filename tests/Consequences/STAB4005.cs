using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Value and gradient of functions with a singularity, where their argument is 0; and a training that meets it once.</summary>
internal static class STAB4005
{
    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("| formula | at x = | value | gradient | with 1e-8 added to the argument |");
        Console.WriteLine("|---|---|---|---|---|");
        Row("x.square().sum().sqrt()", "(0, 0)", (x, e) => (x.square().sum() + e).sqrt(), 0, 0);
        Row("mse_loss(x, y).sqrt()", "y", (x, e) => (functional.mse_loss(x, zeros(2)) + e).sqrt(), 0, 0);
        Row("x.var().sqrt()", "(2, 2)", (x, e) => (x.var() + e).sqrt(), 2, 2);
        Row("x.abs().log().sum()", "(0, 2)", (x, e) => (x.abs() + e).log().sum(), 0, 2);
        Row("x.relu().log().sum()", "(-1, 2)", (x, e) => (x.relu() + e).log().sum(), -1, 2);
        Row("(x / x.norm()).sum()", "(0, 0)", (x, e) => (x / (x.norm() + e)).sum(), 0, 0);
        Row("x.norm()", "(0, 0)", (x, _) => x.norm(), 0, 0);

        Console.WriteLine();
        Console.WriteLine("Root mean squared error of a linear layer that starts with the right weights, one step of SGD at 0.1: weights that are not a number.");
        Console.WriteLine("| loss | weights that are NaN |");
        Console.WriteLine("|---|---|");
        foreach (var epsilon in new[] { 0, 1e-8 })
        {
            Console.WriteLine($"| `{(epsilon == 0 ? "mse_loss(x, y).sqrt()" : "(mse_loss(x, y) + 1e-8).sqrt()")}` | {Broken(epsilon)} of 20 |");
        }
    }

    private static void Row(string formula, string at, Func<Tensor, double, Tensor> function, params float[] x)
    {
        var (value, gradient) = Of(function, 0, x);
        var (safeValue, safeGradient) = Of(function, 1e-8, x);
        Console.WriteLine($"| `{formula}` | {at} | {value} | {gradient} | {safeValue}, gradient {safeGradient} |");
    }

    private static (string Value, string Gradient) Of(Func<Tensor, double, Tensor> function, double epsilon, float[] at)
    {
        using var scope = NewDisposeScope();
        var x = tensor(at).requires_grad_();
        var value = function(x, epsilon);
        value.backward();
        return (Blobs.Text(value.ToDouble(), "G3"), Blobs.Text(x.grad![0].ToDouble(), "G3"));
    }

    private static long Broken(double epsilon)
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var model = Linear(20, 1, hasBias: false);
        var x = randn(8, 20);
        var y = model.call(x).detach();
        using var optimizer = optim.SGD(model.parameters(), 0.1);
        optimizer.zero_grad();
        (functional.mse_loss(model.call(x), y) + epsilon).sqrt().backward();
        optimizer.step();
        return model.weight.isnan().sum().ToInt64();
    }
}
