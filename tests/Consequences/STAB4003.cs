using TorchSharp;
using static TorchSharp.torch;

namespace Consequences;

/// <summary>Formulas by hand, and the functions that compute the same, in float32: values and gradients.</summary>
internal static class STAB4003
{
    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine("| formula | at x = | value by hand | gradient by hand | function | value | gradient |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Row("x.softmax(0).log()", "(-200, 0), first", x => x.softmax(0).log()[0], "log_softmax", x => x.log_softmax(0)[0], -200, 0);
        Row("x.sigmoid().log()", "-100", x => x.sigmoid().log().sum(), "log_sigmoid", x => x.log_sigmoid().sum(), -100);
        Row("(1 + x).log()", "1E-08", x => (1 + x).log().sum(), "log1p", x => x.log1p().sum(), 1e-8f);
        Row("(1 + x.exp()).log()", "100", x => (1 + x.exp()).log().sum(), "softplus", x => x.softplus().sum(), 100);
        Row("x.exp() - 1", "1E-08", x => (x.exp() - 1).sum(), "expm1", x => x.expm1().sum(), 1e-8f);
        Row("x.exp().sum().log()", "(100, 3)", x => x.exp().sum().log(), "logsumexp", x => x.logsumexp(0), 100, 3);
    }

    private static void Row(string formula, string at, Func<Tensor, Tensor> byHand, string name, Func<Tensor, Tensor> function, params float[] x)
    {
        var (value, gradient) = Of(byHand, x);
        var (stable, stableGradient) = Of(function, x);
        Console.WriteLine($"| `{formula}` | {at} | {value} | {gradient} | `{name}` | {stable} | {stableGradient} |");
    }

    private static (string Value, string Gradient) Of(Func<Tensor, Tensor> function, float[] at)
    {
        using var scope = NewDisposeScope();
        var x = tensor(at).requires_grad_();
        var value = function(x);
        value.backward();
        return (Blobs.Text(value.ToDouble(), "G3"), Blobs.Text(x.grad![0].ToDouble(), "G3"));
    }
}
