using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>An optimizer that records a step before another one makes it.</summary>
internal interface IWatchedOptimizer
{
    /// <summary>The optimizer that makes the step.</summary>
    optim.Optimizer Inner { get; }
}
