using static TorchSharp.torch;

namespace Calibration;

/// <summary>
/// Points on two noisy circles around the origin; a class is one half of one circle, so that there are four. The points
/// are scaled to a second moment of 1 per coordinate, as predictions assume.
/// </summary>
internal static class Circles
{
    public const int Classes = 4;

    private const double Noise = 0.1;

    /// <summary>Draws points, always the same.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Points of shape [count, 2] (float32) and their classes of shape [count] (int64).</returns>
    public static (Tensor Points, Tensor Classes) Create(int count)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        var points = new float[count * 2];
        var classes = new long[count];
        for (var i = 0; i < count; i++)
        {
            var circle = i % 2;
            var angle = 2 * Math.PI * random.NextDouble();
            var radius = circle + 1 + (Noise * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            points[2 * i] = (float)(radius * Math.Cos(angle));
            points[(2 * i) + 1] = (float)(radius * Math.Sin(angle));
            classes[i] = (2 * circle) + (angle < Math.PI ? 0 : 1);
        }

        var x = tensor(points, [count, 2]);
        return ((x / x.square().mean().sqrt()).MoveToOuterDisposeScope(), tensor(classes).MoveToOuterDisposeScope());
    }
}
