using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Stands in the place of one of TorchSharp's managed optimizers: it shares its parameter groups and its state, so that
/// schedulers, state dictionaries and <c>to</c> work on them, and records each step before the optimizer makes it.
/// </summary>
internal class WatchedOptimizer : OptimizerHelper, IWatchedOptimizer
{
    private readonly OptimizerHelper _inner;
    private readonly GradientRecorder _recorder;

    /// <param name="inner">The optimizer; disposed of with this one.</param>
    /// <param name="recorder">What records the steps.</param>
    public WatchedOptimizer(OptimizerHelper inner, GradientRecorder recorder)
    {
        _inner = inner;
        _recorder = recorder;
        _parameter_groups = GroupsOf(inner);
        _state = StateOf(inner);
        _defaults = DefaultsOf(inner);
    }

    /// <inheritdoc/>
    public optim.Optimizer Inner => _inner;

    /// <inheritdoc/>
    public override IEnumerable<optim.ILearningRateController> ParamGroups => _inner.ParamGroups;

    /// <summary>Wraps an optimizer under the name that its state is saved with.</summary>
    /// <param name="inner">The optimizer.</param>
    /// <param name="recorder">What records the steps.</param>
    public static OptimizerHelper Of(OptimizerHelper inner, GradientRecorder recorder) => inner switch
    {
        WatchedOptimizer watched => Of(watched._inner, recorder),
        TorchSharp.Modules.SGD => new WatchedOptimizers.SGD(inner, recorder),
        TorchSharp.Modules.RMSProp => new WatchedOptimizers.RMSProp(inner, recorder),
        TorchSharp.Modules.Adam => new WatchedOptimizers.Adam(inner, recorder),
        TorchSharp.Modules.AdamW => new WatchedOptimizers.AdamW(inner, recorder),
        TorchSharp.Modules.Adamax => new WatchedOptimizers.Adamax(inner, recorder),
        TorchSharp.Modules.NAdam => new WatchedOptimizers.NAdam(inner, recorder),
        TorchSharp.Modules.RAdam => new WatchedOptimizers.RAdam(inner, recorder),
        TorchSharp.Modules.ASGD => new WatchedOptimizers.ASGD(inner, recorder),
        TorchSharp.Modules.Adadelta => new WatchedOptimizers.Adadelta(inner, recorder),
        TorchSharp.Modules.Adagrad => new WatchedOptimizers.Adagrad(inner, recorder),
        TorchSharp.Modules.Rprop => new WatchedOptimizers.Rprop(inner, recorder),
        optim.IMomentum => new MomentumWatchedOptimizer(inner, recorder),
        optim.IBetas => new BetasWatchedOptimizer(inner, recorder),
        _ => new WatchedOptimizer(inner, recorder),
    };

    /// <inheritdoc/>
    public override Tensor? step(Func<Tensor>? closure = null) => closure is null ? _recorder.Step(_inner) : _recorder.Step(_inner, closure);

    /// <inheritdoc/>
    public override void zero_grad() => _inner.zero_grad();

    /// <inheritdoc/>
    public override IEnumerable<Parameter> parameters() => _inner.parameters();

    /// <inheritdoc/>
    public override void add_param_group(ParamGroup param_group) => _inner.add_param_group(param_group);

    /// <inheritdoc/>
    public override StateDictionary state_dict() => _inner.state_dict();

    /// <inheritdoc/>
    public override void load_state_dict(StateDictionary state_dict) => _inner.load_state_dict(state_dict);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_parameter_groups")]
    private static extern ref IList<ParamGroup> GroupsOf(optim.Optimizer optimizer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_state")]
    private static extern ref OrderedDict<IntPtr, OptimizerState> StateOf(OptimizerHelper optimizer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_defaults")]
    private static extern ref OptimizerOptions DefaultsOf(OptimizerHelper optimizer);
}

/// <summary>The same for an optimizer with momentum, which cyclic schedulers set.</summary>
internal class MomentumWatchedOptimizer(OptimizerHelper inner, GradientRecorder recorder) : WatchedOptimizer(inner, recorder), optim.IMomentum
{
    /// <inheritdoc/>
    public double Momentum
    {
        get => ((optim.IMomentum)Inner).Momentum;
        set => ((optim.IMomentum)Inner).Momentum = value;
    }
}

/// <summary>The same for an optimizer with betas, which cyclic schedulers set.</summary>
internal class BetasWatchedOptimizer(OptimizerHelper inner, GradientRecorder recorder) : WatchedOptimizer(inner, recorder), optim.IBetas
{
    /// <inheritdoc/>
    public (double, double) Betas
    {
        get => ((optim.IBetas)Inner).Betas;
        set => ((optim.IBetas)Inner).Betas = value;
    }
}
