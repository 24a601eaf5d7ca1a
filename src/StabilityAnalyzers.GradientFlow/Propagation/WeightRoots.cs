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

        var union = ids.Union(other.ids).OrderBy(id => id).ToArray();
        return new WeightRoots(union.Length <= Limit ? union : union.Skip(union.Length - Limit).ToArray());
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
