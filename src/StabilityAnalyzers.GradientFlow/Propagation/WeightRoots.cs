namespace StabilityAnalyzers.GradientFlow;

/// <summary>
/// The weight layers and inputs that a tensor comes from without another weight layer in between. Two tensors with no
/// common root are independent: random weights stand between them.
/// </summary>
internal sealed class WeightRoots
{
    /// <summary>A longer list is cut to its newest members: the oldest ones of a deep residual trunk do not come back.</summary>
    private const int Limit = 256;

    private readonly int[] ids;

    private WeightRoots(int[] ids) => this.ids = ids;

    internal static WeightRoots Of(int id) => new([id]);

    internal WeightRoots Union(WeightRoots other)
    {
        if (ReferenceEquals(this, other))
        {
            return this;
        }

        int a = 0, b = 0, count = 0;
        var union = new int[ids.Length + other.ids.Length];
        while (a < ids.Length || b < other.ids.Length)
        {
            var takesOther = a == ids.Length || (b < other.ids.Length && other.ids[b] < ids[a]);
            var next = takesOther ? other.ids[b++] : ids[a++];
            if (count == 0 || union[count - 1] != next)
            {
                union[count++] = next;
            }
        }

        var kept = new int[Math.Min(count, Limit)];
        Array.Copy(union, count - kept.Length, kept, 0, kept.Length);
        return new WeightRoots(kept);
    }

    internal bool IsDisjoint(WeightRoots other)
    {
        int a = 0, b = 0;
        while (a < ids.Length && b < other.ids.Length)
        {
            if (ids[a] == other.ids[b])
            {
                return false;
            }

            if (ids[a] < other.ids[b])
            {
                a++;
            }
            else
            {
                b++;
            }
        }

        return true;
    }
}
