namespace StabilityAnalyzers.GradientFlow;

/// <summary>Records what is computed, and differentiates it backwards.</summary>
/// <param name="random">Where weights and masks are drawn from.</param>
internal sealed class Tape(RandomNumbers random)
{
    private readonly List<Variable> order = [];

    /// <summary>Where weights and masks are drawn from.</summary>
    internal RandomNumbers Random { get; } = random;

    /// <summary>
    /// True while the way back leaves averaging out: a mean over n elements then hands on the whole norm of the gradient, as the
    /// depth factor asks.
    /// </summary>
    internal bool UndoesAveraging { get; private set; }

    /// <summary>A new tensor of given shape.</summary>
    internal Variable New(int samples, int[] grid, int features)
    {
        var variable = new Variable(samples, grid, features);
        order.Add(variable);
        return variable;
    }

    /// <summary>A new tensor of the shape of another one.</summary>
    internal Variable Like(Variable other) => New(other.Samples, other.Grid, other.Features);

    /// <summary>Differentiates backwards from a tensor with a random gradient.</summary>
    /// <param name="from">The tensor.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="undoesAveraging">See <see cref="UndoesAveraging"/>.</param>
    internal void Differentiate(Variable from, double[] gradient, bool undoesAveraging)
    {
        UndoesAveraging = undoesAveraging;
        foreach (var variable in order)
        {
            variable.ClearGradient();
        }

        gradient.CopyTo(from.GradientToAddTo(), 0);
        for (var i = order.Count - 1; i >= 0; i--)
        {
            if (order[i].Gradient is { } reached)
            {
                order[i].Backward?.Invoke(reached);
            }
        }
    }
}
