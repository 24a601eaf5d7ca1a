namespace StabilityAnalyzers.Configuration;

/// <summary>How an optimizer answers to small gradients; the least tolerant first.</summary>
internal enum OptimizerFamily
{
    /// <summary>Its step is proportional to the gradient: SGD with and without momentum.</summary>
    GradientDescent,

    /// <summary>It divides the gradient of each weight by its RMS and adds an epsilon to that: RMSProp.</summary>
    RmsProp,

    /// <summary>The same with momentum and a correction of the first steps: Adam and AdamW.</summary>
    Adam,

    /// <summary>Not measured, or not in sight: what no optimizer that was measured trains.</summary>
    Other,
}

/// <summary>The optimizer that decides whether a model trains.</summary>
/// <param name="Name">The class of TorchSharp.</param>
/// <param name="Family">How it answers to small gradients.</param>
internal sealed record VisibleOptimizer(string Name, OptimizerFamily Family)
{
    /// <summary>An optimizer of TorchSharp by the name of its class.</summary>
    public static VisibleOptimizer Of(string name) => new(name, name switch
    {
        "SGD" => OptimizerFamily.GradientDescent,
        "RMSProp" => OptimizerFamily.RmsProp,
        "Adam" or "AdamW" => OptimizerFamily.Adam,
        _ => OptimizerFamily.Other,
    });
}
