using TorchSharp.Modules;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// The watched optimizers by the names of TorchSharp's: a saved state begins with the class name, and has to be the same with and
/// without a recorder.
/// </summary>
internal static class WatchedOptimizers
{
    internal sealed class SGD(OptimizerHelper inner, GradientRecorder recorder) : MomentumWatchedOptimizer(inner, recorder);

    internal sealed class RMSProp(OptimizerHelper inner, GradientRecorder recorder) : MomentumWatchedOptimizer(inner, recorder);

    internal sealed class Adam(OptimizerHelper inner, GradientRecorder recorder) : BetasWatchedOptimizer(inner, recorder);

    internal sealed class AdamW(OptimizerHelper inner, GradientRecorder recorder) : BetasWatchedOptimizer(inner, recorder);

    internal sealed class Adamax(OptimizerHelper inner, GradientRecorder recorder) : BetasWatchedOptimizer(inner, recorder);

    internal sealed class NAdam(OptimizerHelper inner, GradientRecorder recorder) : BetasWatchedOptimizer(inner, recorder);

    internal sealed class RAdam(OptimizerHelper inner, GradientRecorder recorder) : BetasWatchedOptimizer(inner, recorder);

    internal sealed class ASGD(OptimizerHelper inner, GradientRecorder recorder) : WatchedOptimizer(inner, recorder);

    internal sealed class Adadelta(OptimizerHelper inner, GradientRecorder recorder) : WatchedOptimizer(inner, recorder);

    internal sealed class Adagrad(OptimizerHelper inner, GradientRecorder recorder) : WatchedOptimizer(inner, recorder);

    internal sealed class Rprop(OptimizerHelper inner, GradientRecorder recorder) : WatchedOptimizer(inner, recorder);
}
