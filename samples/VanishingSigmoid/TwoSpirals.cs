using static TorchSharp.torch;

namespace VanishingSigmoid;

/// <summary>Two noisy spirals, one for each class: easy for a deep network that trains, impossible for one that does not.</summary>
internal static class TwoSpirals
{
    private const double Turns = 1.5;
    private const double Radius = 2;
    private const double Noise = 0.1;

    /// <summary>Draws points.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Seed of the generator.</param>
    /// <returns>Points of shape [count, 2] (float32) and their classes of shape [count] (int64).</returns>
    internal static (Tensor Points, Tensor Classes) Create(int count, int seed)
    {
        var random = new Random(seed);
        var points = new float[count * 2];
        var classes = new long[count];
        for (var i = 0; i < count; i++)
        {
            classes[i] = i % 2;
            var along = Math.Sqrt(random.NextDouble());
            var angle = (2 * Math.PI * Turns * along) + (Math.PI * classes[i]);
            points[2 * i] = (float)((Radius * along * Math.Cos(angle)) + (Noise * Normal(random)));
            points[(2 * i) + 1] = (float)((Radius * along * Math.Sin(angle)) + (Noise * Normal(random)));
        }

        return (tensor(points, [count, 2]), tensor(classes));
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
