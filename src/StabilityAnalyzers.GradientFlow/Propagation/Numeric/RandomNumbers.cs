namespace StabilityAnalyzers.GradientFlow;

/// <summary>Numbers that are the same for the same seed on every platform, so that a diagnostic does not flicker.</summary>
/// <param name="seed">The seed.</param>
internal sealed class RandomNumbers(int seed)
{
    private ulong state = unchecked(((ulong)seed * 0x9E3779B97F4A7C15) + 0x2545F4914F6CDD1D);
    private double spare = double.NaN;

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    internal double Normal()
    {
        if (!double.IsNaN(spare))
        {
            var kept = spare;
            spare = double.NaN;
            return kept;
        }

        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
        var angle = 2 * Math.PI * Uniform();
        spare = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>A number from 0 to below 1.</summary>
    internal double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A vector of random signs.</summary>
    internal double[] Signs(int count)
    {
        var signs = new double[count];
        ulong bits = 0;
        for (var i = 0; i < count; i++)
        {
            bits = (i & 63) == 0 ? Next() : bits >> 1;
            signs[i] = (bits & 1) == 0 ? 1 : -1;
        }

        return signs;
    }

    // splitmix64 (Steele 2014).
    private ulong Next()
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
