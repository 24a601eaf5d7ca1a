namespace StabilityAnalyzers.GradientFlow;

/// <summary>A tensor of the numeric pass: samples x positions x features, and the gradient with respect to it.</summary>
internal sealed class Variable
{
    /// <param name="samples">Number of samples.</param>
    /// <param name="grid">Positions along each dimension; empty for a tensor without positions.</param>
    /// <param name="features">Number of features (channels).</param>
    internal Variable(int samples, int[] grid, int features)
    {
        Samples = samples;
        Grid = grid;
        Features = features;
        Positions = grid.Aggregate(1, (product, size) => product * size);
        Value = new double[samples * Positions * features];
    }

    internal int Samples { get; }

    internal int[] Grid { get; }

    internal int Positions { get; }

    internal int Features { get; }

    /// <summary>Number of vectors: samples times positions.</summary>
    internal int Rows => Samples * Positions;

    /// <summary>The elements, features innermost, then positions (the last dimension of the grid innermost), then samples.</summary>
    internal double[] Value { get; }

    /// <summary>Gradient of the loss; null as long as nothing came back.</summary>
    internal double[]? Gradient { get; private set; }

    /// <summary>Adds the gradients of the inputs, from the one that came back here.</summary>
    internal Action<double[]>? Backward { get; set; }

    /// <summary>The gradient to add to.</summary>
    internal double[] GradientToAddTo() => Gradient ??= new double[Value.Length];

    /// <summary>Forgets the gradient.</summary>
    internal void ClearGradient() => Gradient = null;
}
