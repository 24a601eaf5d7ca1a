using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>A regression that needs its hidden layer: registered and trained, or made anew in every forward.</summary>
internal static class STAB5003
{
    private const int Features = 8, Width = 64, Batch = 64, Steps = 2000, Seeds = 5;

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"y = x1 * x2, {Steps} steps of Adam at 0.003, {Seeds} seeds; who always answers 0 has a loss of 1.");
        Console.WriteLine("| the hidden layer | parameters that are trained | final loss, mean (lowest to highest) | same input twice gives the same output |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var isField in new[] { true, false })
        {
            var runs = Enumerable.Range(1, Seeds).Select(seed => Train(seed, isField)).ToList();
            Console.WriteLine(
                $"| {(isField ? "is a field" : "is made in forward")} | {runs[0].Parameters} | {Blobs.Text(runs.Select(run => run.Loss), "F3")} | {(runs.All(run => run.IsSame) ? "yes" : "no")} |");
        }
    }

    private static (long Parameters, double Loss, bool IsSame) Train(int seed, bool isField)
    {
        random.manual_seed(seed);
        using var model = new Net(isField);
        using var optimizer = optim.Adam(model.parameters(), lr: 0.003);
        var losses = new List<double>();
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var x = randn(Batch, Features);
            optimizer.zero_grad();
            var loss = functional.mse_loss(model.call(x), (x[.., 0] * x[.., 1]).unsqueeze(1));
            loss.backward();
            optimizer.step();
            losses.Add(loss.ToDouble());
        }

        using var input = randn(1, Features);
        using var first = model.call(input);
        using var second = model.call(input);
        return (model.parameters().Sum(parameter => parameter.numel()), losses.TakeLast(100).Average(), first.equal(second).all().ToBoolean());
    }

    private sealed class Net : Module<Tensor, Tensor>
    {
        private readonly Linear? hidden;
        private readonly Linear head = Linear(Width, 1);

        public Net(bool isField)
            : base(nameof(Net))
        {
            hidden = isField ? Linear(Features, Width) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => head.call((hidden ?? Linear(Features, Width)).call(x).relu());
    }
}
