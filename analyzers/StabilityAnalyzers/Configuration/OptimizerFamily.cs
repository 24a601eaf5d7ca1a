namespace StabilityAnalyzers.Configuration;

/// <summary>How an optimizer answers to small gradients.</summary>
internal enum OptimizerFamily
{
    /// <summary>Its step is proportional to the gradient: SGD with and without momentum.</summary>
    GradientDescent,

    /// <summary>It rescales the gradient of each weight by its size, down to an epsilon: Adam and its kin; or it is not known better.</summary>
    Tolerant,
}

/// <summary>The optimizer that decides whether a model trains.</summary>
/// <param name="Name">The class of TorchSharp.</param>
/// <param name="Family">How it answers to small gradients.</param>
internal sealed record VisibleOptimizer(string Name, OptimizerFamily Family)
{
    /// <summary>An optimizer of TorchSharp by the name of its class.</summary>
    public static VisibleOptimizer Of(string name) =>
        new(name, name is "SGD" or "ASGD" ? OptimizerFamily.GradientDescent : OptimizerFamily.Tolerant);
}
