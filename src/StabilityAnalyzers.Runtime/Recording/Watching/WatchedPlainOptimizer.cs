using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>Stands in the place of an optimizer that is not a managed one of TorchSharp's, such as LBFGS or one of the user's own.</summary>
internal class WatchedPlainOptimizer : optim.Optimizer, IWatchedOptimizer
{
    private readonly GradientRecorder _recorder;

    /// <param name="inner">The optimizer; disposed of with this one.</param>
    /// <param name="recorder">What records the steps.</param>
    public WatchedPlainOptimizer(optim.Optimizer inner, GradientRecorder recorder)
        : base(IntPtr.Zero)
    {
        Inner = inner;
        _recorder = recorder;
    }

    /// <inheritdoc/>
    public optim.Optimizer Inner { get; }

    /// <inheritdoc/>
    public override IEnumerable<optim.ILearningRateController> ParamGroups => Inner.ParamGroups;

    /// <summary>Wraps an optimizer.</summary>
    /// <param name="inner">The optimizer.</param>
    /// <param name="recorder">What records the steps.</param>
    public static optim.Optimizer Of(optim.Optimizer inner, GradientRecorder recorder) => inner switch
    {
        WatchedPlainOptimizer watched => Of(watched.Inner, recorder),
        optim.ILearningRateController => new WithLearningRate(inner, recorder),
        _ => new WatchedPlainOptimizer(inner, recorder),
    };

    /// <inheritdoc/>
    public override Tensor? step(Func<Tensor>? closure = null) => closure is null ? _recorder.Step(Inner) : _recorder.Step(Inner, closure);

    /// <inheritdoc/>
    public override void zero_grad() => Inner.zero_grad();

    /// <inheritdoc/>
    public override IEnumerable<Parameter> parameters() => Inner.parameters();

    /// <inheritdoc/>
    public override void add_param_group(ParamGroup param_group) => Inner.add_param_group(param_group);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class WithLearningRate(optim.Optimizer inner, GradientRecorder recorder)
        : WatchedPlainOptimizer(inner, recorder), optim.ILearningRateController
    {
        public double LearningRate
        {
            get => ((optim.ILearningRateController)Inner).LearningRate;
            set => ((optim.ILearningRateController)Inner).LearningRate = value;
        }

        public double InitialLearningRate
        {
            get => ((optim.ILearningRateController)Inner).InitialLearningRate;
            set => ((optim.ILearningRateController)Inner).InitialLearningRate = value;
        }
    }
}
