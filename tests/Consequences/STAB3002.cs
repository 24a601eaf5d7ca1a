using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Consequences;

/// <summary>
/// Two spirals by SGD at a rate that is too high without clipping, with the clipping at its place and at wrong ones.
/// The length of a step, divided by the learning rate, is the norm that the gradient had when it was used.
/// </summary>
internal static class STAB3002
{
    private const int Steps = 500;
    private const double Rate = 3, Limit = 0.1;

    private enum Place
    {
        Never,
        BetweenBackwardAndStep,
        BeforeBackward,
        AfterStep,
    }

    public static void Run()
    {
        set_num_threads(1);
        var (points, classes) = Spirals.Data();
        Console.WriteLine($"SGD at {Rate}, {Steps} steps, seeds 1 to 5, clip_grad_norm_(parameters, {Report.Text(Limit, "G")}).");
        Report.Head("clipped", "largest norm of a gradient that was used", "final loss");
        foreach (var place in Enum.GetValues<Place>())
        {
            var ends = Enumerable.Range(1, 5).Select(seed => Train(place, seed, points, classes)).ToList();
            Report.Row(
                place switch
                {
                    Place.BetweenBackwardAndStep => "between backward and step",
                    Place.BeforeBackward => "before backward",
                    Place.AfterStep => "after step",
                    _ => "never",
                },
                Report.Text(ends.Max(end => end.Norm), "G3"),
                string.Join(", ", ends.Select(end => Report.Text(end.Loss, "G3"))));
        }
    }

    private static (double Norm, double Loss) Train(Place place, int seed, Tensor points, Tensor classes)
    {
        random.manual_seed(seed);
        using var network = Spirals.Network();
        using var optimizer = optim.SGD(network.parameters(), Rate);
        var largest = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (x, y) = Spirals.Draw(points, classes);
            optimizer.zero_grad();
            var loss = functional.cross_entropy(network.call(x), y);
            Clip(Place.BeforeBackward);
            loss.backward();
            Clip(Place.BetweenBackwardAndStep);
            var before = network.parameters().Select(parameter => parameter.detach().clone()).ToList();
            optimizer.step();
            var moved = network.parameters().Zip(before, (after, b) => (after.detach() - b).square().sum().ToDouble()).Sum();
            largest = Math.Max(largest, Math.Sqrt(moved) / Rate);
            Clip(Place.AfterStep);
        }

        return (largest, Spirals.Evaluate(network, points, classes).Loss);

        void Clip(Place here)
        {
            if (here == place)
            {
                nn.utils.clip_grad_norm_(network.parameters(), Limit);
            }
        }
    }
}
