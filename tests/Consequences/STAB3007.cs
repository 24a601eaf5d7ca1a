using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Two spirals, 1000 steps, one seed, at rates from tiny to huge: with which does the loss fall below 0.35, half of what guessing gives?</summary>
internal static class STAB3007
{
    private static readonly double[] s_rates = [1e-9, 1e-7, 1e-5, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

    public static void Run()
    {
        set_num_threads(1);
        var (points, classes) = Spirals.Data();
        Report.Head(["optimizer", .. s_rates.Select(rate => Report.Text(rate, "G"))]);
        foreach (var (name, make) in new (string, Func<IEnumerable<Parameter>, double, optim.Optimizer>)[]
        {
            ("Adadelta", (p, lr) => optim.Adadelta(p, lr)),
            ("Adagrad", (p, lr) => optim.Adagrad(p, lr)),
            ("Adam", (p, lr) => optim.Adam(p, lr)),
            ("Adamax", (p, lr) => optim.Adamax(p, lr)),
            ("AdamW", (p, lr) => optim.AdamW(p, lr)),
            ("ASGD", (p, lr) => optim.ASGD(p, lr)),
            ("NAdam", (p, lr) => optim.NAdam(p, lr)),
            ("RAdam", (p, lr) => optim.RAdam(p, lr)),
            ("RMSProp", (p, lr) => optim.RMSProp(p, lr)),
            ("Rprop", (p, lr) => optim.Rprop(p, lr)),
            ("SGD", (p, lr) => optim.SGD(p, lr)),
        })
        {
            Report.Row([name, .. s_rates.Select(rate => Train(make, rate, points, classes))]);
        }
    }

    private static string Train(Func<IEnumerable<Parameter>, double, optim.Optimizer> make, double rate, Tensor points, Tensor classes)
    {
        random.manual_seed(1);
        using var network = Spirals.Network();
        using var optimizer = make(network.parameters(), rate);
        for (var step = 0; step < 1000; step++)
        {
            using var scope = NewDisposeScope();
            var (x, y) = Spirals.Draw(points, classes);
            optimizer.zero_grad();
            functional.cross_entropy(network.call(x), y).backward();
            optimizer.step();
        }

        var loss = Spirals.Evaluate(network, points, classes).Loss;
        return loss < 0.35 ? "learns" : !double.IsFinite(loss) ? "NaN" : loss > 0.75 ? "diverges" : "no";
    }
}
