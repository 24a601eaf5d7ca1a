using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>
/// The adding problem (Hochreiter and Schmidhuber 1997): from a sequence of numbers, the sum of the two that are
/// marked. Who answers 1 to everything has a mean squared error of 1/6. Trained by plain SGD with and without clipping.
/// </summary>
internal static class STAB3001
{
    private const int Length = 30, Hidden = 32, Batch = 32, Steps = 2000, Seeds = 5;

    public static void Run()
    {
        set_num_threads(1);
        Console.WriteLine($"Adding problem, length {Length}, {Hidden} units, batch {Batch}, {Steps} steps of SGD, seeds 1 to {Seeds}.");
        Console.WriteLine("| network | learning rate | clipped | runs that end in NaN or infinity | after how many steps | largest gradient norm | final loss |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (name, learningRate) in new[] { ("RNN, ReLU", 0.1), ("LSTM", 1.0) })
        {
            foreach (var clipped in new[] { false, true })
            {
                Report(name, learningRate, clipped, [.. Enumerable.Range(1, Seeds).Select(seed => Train(name, learningRate, clipped, seed))]);
            }
        }
    }

    private static void Report(string name, double learningRate, bool clipped, List<(int Steps, double Norm, double Loss)> runs)
    {
        var broken = runs.Where(run => !double.IsFinite(run.Loss)).ToList();
        var steps = broken.Count == 0 ? "" : $"{broken.Min(run => run.Steps)} to {broken.Max(run => run.Steps)}";
        var losses = string.Join(", ", runs.Where(run => double.IsFinite(run.Loss)).Select(run => Text(run.Loss, "F3")));
        Console.WriteLine(
            $"| {name} | {Text(learningRate, "G")} | {(clipped ? "yes" : "no")} | {broken.Count} of {runs.Count} | {steps} | {Text(runs.Max(run => run.Norm), "G2")} | {losses} |");
    }

    // The norm is the largest finite one before clipping, the loss the mean of the last 50 steps.
    private static (int Steps, double Norm, double Loss) Train(string name, double learningRate, bool clipped, int seed)
    {
        random.manual_seed(seed);
        using var model = new Adder(name);
        using var optimizer = optim.SGD(model.parameters(), learningRate);
        var norm = 0.0;
        var losses = new List<double>();
        while (losses.Count < Steps && (losses.Count == 0 || double.IsFinite(losses[^1])))
        {
            using var scope = NewDisposeScope();
            var (input, target) = Samples();
            optimizer.zero_grad();
            var loss = functional.mse_loss(model.call(input), target);
            loss.backward();
            var total = nn.utils.clip_grad_norm_(model.parameters(), clipped ? 1.0 : double.PositiveInfinity);
            norm = double.IsFinite(total) ? Math.Max(norm, total) : norm;
            optimizer.step();
            losses.Add(loss.ToDouble());
        }

        return (losses.Count, norm, losses.TakeLast(50).Average());
    }

    // input: batch x length x (number, mark); target: batch x 1
    private static (Tensor Input, Tensor Target) Samples()
    {
        var numbers = rand(Batch, Length);
        var marks = zeros(Batch, Length);
        marks.scatter_(1, randint(0, Length / 2, [Batch, 1], int64), ones(Batch, 1));
        marks.scatter_(1, randint(Length / 2, Length, [Batch, 1], int64), ones(Batch, 1));
        return (stack([numbers, marks], 2), (numbers * marks).sum(1, keepdim: true));
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed class Adder : Module<Tensor, Tensor>
    {
        private readonly LSTM? lstm;
        private readonly RNN? rnn;
        private readonly Linear head = Linear(Hidden, 1);

        public Adder(string name)
            : base(nameof(Adder))
        {
            if (name == "LSTM")
            {
                lstm = LSTM(2, Hidden, batchFirst: true);
            }
            else
            {
                // A ReLU network that starts from the identity (Le, Jaitly and Hinton 2015).
                rnn = RNN(2, Hidden, nonLinearity: NonLinearities.ReLU, batchFirst: true);
                init.eye_(rnn.get_parameter("weight_hh_l0")!);
            }

            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var output = lstm is not null ? lstm.call(input).Item1 : rnn!.call(input).Item1;
            return head.call(output[.., -1]);
        }
    }
}
