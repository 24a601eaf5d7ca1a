using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>Two spirals, 2000 steps, with zero_grad at its place and between backward and step.</summary>
internal static class STAB3004
{
    private const int Steps = 2000;

    public static void Run()
    {
        set_num_threads(1);
        var (points, classes) = Spirals.Data();
        Report.Head("optimizer", "zero_grad", "norm of all weights, before and after", "loss, before and after");
        foreach (var (name, make) in new (string, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer>)[]
        {
            ("SGD, 0.1", parameters => optim.SGD(parameters, 0.1)),
            ("Adam, 1e-3", parameters => optim.Adam(parameters, 1e-3)),
            ("AdamW, 1e-3, weight decay 0.1", parameters => optim.AdamW(parameters, 1e-3, weight_decay: 0.1)),
        })
        {
            foreach (var isBetween in new[] { false, true })
            {
                random.manual_seed(1);
                using var network = Spirals.Network();
                using var optimizer = make(network.parameters());
                var (normBefore, lossBefore) = (Norm(network), Spirals.Evaluate(network, points, classes).Loss);
                for (var step = 0; step < Steps; step++)
                {
                    using var scope = NewDisposeScope();
                    var (x, y) = Spirals.Draw(points, classes);
                    if (!isBetween)
                    {
                        optimizer.zero_grad();
                    }

                    functional.cross_entropy(network.call(x), y).backward();
                    if (isBetween)
                    {
                        optimizer.zero_grad();
                    }

                    optimizer.step();
                }

                Report.Row(
                    name,
                    isBetween ? "between backward and step" : "before backward",
                    $"{Report.Text(normBefore, "F3")}, {Report.Text(Norm(network), "F3")}",
                    $"{Report.Text(lossBefore, "F3")}, {Report.Text(Spirals.Evaluate(network, points, classes).Loss, "G3")}");
            }
        }
    }

    private static double Norm(Module network)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return Math.Sqrt(network.parameters().Sum(parameter => parameter.square().sum().ToDouble()));
    }
}
