namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>Random decisions that are the same for the same seed.</summary>
/// <param name="seed">The seed.</param>
internal sealed class Choice(int seed)
{
    // A seeded System.Random is the same on every platform and version. Seeds that follow each other give sequences that
    // resemble each other; a factor parts them (Knuth 1998).
    private readonly Random random = new(unchecked((int)(seed * 2654435761u)));

    /// <summary>True with a probability.</summary>
    public bool Chance(double probability) => random.NextDouble() < probability;

    /// <summary>One of the values, each as likely.</summary>
    public T Of<T>(params T[] values) => values[random.Next(values.Length)];

    /// <summary>One of the values, as likely as its weight.</summary>
    public T Weighted<T>(params (double Weight, T Value)[] values)
    {
        var at = random.NextDouble() * values.Sum(value => value.Weight);
        foreach (var (weight, value) in values)
        {
            at -= weight;
            if (at < 0)
            {
                return value;
            }
        }

        return values[^1].Value;
    }

    /// <summary>A whole number, both ends included.</summary>
    public int Between(int least, int greatest) => random.Next(least, greatest + 1);

    /// <summary>A whole number with a uniform logarithm, both ends included.</summary>
    public int Logarithmic(int least, int greatest) =>
        Math.Clamp((int)Math.Round(least * Math.Pow((double)greatest / least, random.NextDouble())), least, greatest);
}
