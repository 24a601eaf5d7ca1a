using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Sees the forward passes of a model through hooks: keeps the outputs of the watched layers of a pass that is to be
/// recorded, and traces the first pass. Not safe to use from several threads: the recorder holds its lock.
/// </summary>
internal sealed class ForwardMonitor : IDisposable
{
    private readonly nn.Module _model;
    private readonly object _gate;
    private readonly ProblemLog _problems;
    private readonly List<LayerTap> _taps = [];
    private readonly List<ActivationTap> _activations = [];
    private readonly List<Action> _hooks = [];
    private readonly List<Action> _traceHooks = [];
    private ForwardTrace? _trace = new();
    private nn.Module? _firstTraced;
    private bool _modelWasCalled;
    private int _order;
    private int _recordsUnseen;
    private ForwardDetail _due;
    private LayerTap? _lastLayer;
    private bool _inputIsTaken;
    private TensorStatistics? _input;

    /// <summary>Puts hooks on the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="gate">Lock of the recorder, taken in every hook.</param>
    /// <param name="due">What of the first pass is to be recorded.</param>
    /// <param name="problems">Where problems are reported.</param>
    public ForwardMonitor(nn.Module model, object gate, ForwardDetail due, ProblemLog problems)
    {
        _model = model;
        _gate = gate;
        _problems = problems;
        _due = due;
        foreach ((string path, nn.Module module) in ModuleTree.Leaves(model))
        {
            LayerTap? tap = ModuleTree.IsWatched(module) ? new LayerTap(path, module) : null;
            ForwardObserver observer = (arguments, result) => OnCall(path, module, tap, arguments, result);

            // A list of parameters has no call.
            if (Hook(tap is null ? _traceHooks : _hooks, module, observer) && tap is not null)
            {
                _taps.Add(tap);
            }

            if (ActivationTap.TryCreate(path, module) is { } activation
                && Hook(_hooks, module, (_, result) => OnActivation(activation, result)))
            {
                _activations.Add(activation);
            }
        }

        if (model.named_children().Any())
        {
            Hook(_traceHooks, model, OnModelReturned);
        }

        if (ForwardHook.TryRegisterBefore(model, OnModelCalled) is { } remove)
        {
            _hooks.Add(remove);
        }
    }

    /// <summary>The graph of the first pass; null as long as it is not known.</summary>
    public ModelGraph? Graph { get; private set; }

    /// <summary>The watched layers, in the order of the pass that was kept, and then those that were not called.</summary>
    public IReadOnlyList<LayerTap> Taps => [.. _taps.OrderBy(tap => tap.Calls == 0).ThenBy(tap => tap.Order)];

    /// <summary>Queues the error signals of the pass that was kept, in forward order.</summary>
    public List<PendingLayer> Read(MeasurementQueue queue)
    {
        var pending = new List<PendingLayer>();
        foreach (LayerTap tap in Taps)
        {
            if (tap.Calls == 0)
            {
                continue;
            }

            try
            {
                pending.Add(tap.Read(queue));
            }
            catch (Exception exception)
            {
                _problems.Report("layer " + tap.Path, $"The error signal of '{tap.Path}' could not be read: {exception.Message}", exception);
            }
        }

        return pending;
    }

    /// <summary>The activations of which enough samples have been seen, with those of the pass that was kept.</summary>
    public IReadOnlyList<ActivationRecord> ReadActivations()
    {
        var records = new List<ActivationRecord>();
        _problems.Guard("activations", () => records.AddRange(_activations.SelectMany(activation => activation.Read())));
        return records;
    }

    /// <summary>How much the output of the last layer differs from sample to sample; null if that is not known.</summary>
    public double? OutputSpread()
    {
        double? spread = null;
        _problems.Guard("output spread", () => spread = _taps.Where(tap => tap.Calls > 0).MaxBy(tap => tap.Order)?.Spread());
        return spread;
    }

    /// <summary>Statistics of what entered the first layer, once; null from then on, and if something else came before it.</summary>
    public TensorStatistics? TakeInput()
    {
        TensorStatistics? input = _input;
        _input = null;
        return input;
    }

    /// <summary>Ends the trace of the first pass, if there was one, and takes the hooks away that served nothing else.</summary>
    public void CompleteTrace(object? result)
    {
        if (_trace is not { IsEmpty: false } trace)
        {
            return;
        }

        _trace = null;
        foreach (Action remove in _traceHooks)
        {
            remove();
        }

        _traceHooks.Clear();
        try
        {
            Graph = trace.Complete(LiveModelGraph.NameOf(_model), result, LiveModelGraph.IsChain(_model) || !_model.named_children().Any());
        }
        finally
        {
            trace.Dispose();
        }
    }

    /// <summary>Says anew what of the next pass is to be recorded.</summary>
    public void Expect(ForwardDetail next) => _due = next;

    /// <summary>Gives back everything that is kept of a pass.</summary>
    /// <param name="next">What of the next pass is to be recorded.</param>
    public void Release(ForwardDetail next)
    {
        _due = next;
        _lastLayer = null;
        _order = 0;
        foreach (LayerTap tap in _taps)
        {
            tap.Release();
        }

        foreach (ActivationTap activation in _activations)
        {
            activation.Release();
        }
    }

    /// <summary>
    /// Says once which layers the hooks cannot see: their parameters get gradients, but nothing ever called them through
    /// <c>call</c>. The first record is not judged: the recorder may have been attached between forward and backward.
    /// </summary>
    public void ReportUnseenLayers(IReadOnlyList<ParameterRecord> parameters)
    {
        string[] unseen = _taps
            .Where(tap => !tap.WasEverCalled && parameters.Any(parameter => BelongsTo(parameter.Path, tap.Path) && parameter.Gradient is { MaxAbs: > 0 }))
            .Select(tap => tap.Path.Length == 0 ? tap.Kind : tap.Path)
            .ToArray();
        if (unseen.Length == 0)
        {
            return;
        }

        if (_recordsUnseen++ > 0)
        {
            string names = unseen.Length <= 5 ? string.Join(", ", unseen) : string.Join(", ", unseen.Take(5)) + $" and {unseen.Length - 5} more";
            _problems.Report(
                "hooks",
                $"The error signal of {names} cannot be seen: hooks run in 'call' and not in 'forward'. "
                + "Call the layers through 'call' (STAB5011); their parameters are recorded all the same.");
        }
    }

    /// <summary>Takes the hooks off the model and gives everything back.</summary>
    public void Dispose()
    {
        foreach (Action remove in _hooks.Concat(_traceHooks))
        {
            remove();
        }

        _hooks.Clear();
        _traceHooks.Clear();
        Release(ForwardDetail.None);
        _trace?.Dispose();
        _trace = null;
    }

    private static bool BelongsTo(string parameter, string layer) =>
        layer.Length == 0 || (parameter.StartsWith(layer, StringComparison.Ordinal) && parameter.Length > layer.Length && parameter[layer.Length] == '.');

    private static bool Hook(List<Action> hooks, nn.Module module, ForwardObserver observer)
    {
        if (ForwardHook.TryRegister(module, observer) is not { } remove)
        {
            return false;
        }

        hooks.Add(remove);
        return true;
    }

    private void OnModelCalled()
    {
        try
        {
            lock (_gate)
            {
                // An evaluation between the training pass and its record must not take away what is kept.
                if (!is_grad_enabled())
                {
                    return;
                }

                Release(_due);
                _modelWasCalled = true;
                if (_trace is { IsEmpty: false })
                {
                    // The pass before did not end: it threw, or was no call of the model.
                    _trace.Dispose();
                    _trace = new ForwardTrace();
                }
            }
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    private Tensor? OnModelReturned(ModuleArguments arguments, object? result)
    {
        try
        {
            lock (_gate)
            {
                if (is_grad_enabled())
                {
                    CompleteTrace(result);
                }
            }
        }
        catch (Exception exception)
        {
            Report(exception);
        }

        return null;
    }

    private Tensor? OnCall(string path, nn.Module module, LayerTap? tap, ModuleArguments arguments, object? result)
    {
        try
        {
            lock (_gate)
            {
                if (!is_grad_enabled())
                {
                    tap?.Notice();
                    return null;
                }

                TakeInput(tap, arguments);
                Trace(path, module, arguments, result);
                _lastLayer = tap ?? _lastLayer;
                if (tap is null || _due == ForwardDetail.None)
                {
                    tap?.Notice();
                    return null;
                }

                return tap.Capture(result, _order++, _due.HasFlag(ForwardDetail.Outputs));
            }
        }
        catch (Exception exception)
        {
            Report(exception);
            return null;
        }
    }

    private Tensor? OnActivation(ActivationTap activation, object? result)
    {
        try
        {
            lock (_gate)
            {
                if (_due.HasFlag(ForwardDetail.Activations) && _lastLayer is { } layer && is_grad_enabled())
                {
                    activation.Observe(result, layer);
                }
            }
        }
        catch (Exception exception)
        {
            _problems.Report("activations", $"The units of an activation could not be counted: {exception.Message}", exception);
        }

        return null;
    }

    /// <summary>While the first pass is traced every module is seen, and so it is known which one comes first.</summary>
    private void TakeInput(LayerTap? tap, ModuleArguments arguments)
    {
        if (_inputIsTaken || _trace is null || _due == ForwardDetail.None)
        {
            return;
        }

        _inputIsTaken = true;
        if (tap?.UnitDimension is not null && arguments.First is Tensor input && input.is_floating_point())
        {
            _input = TensorMeasurement.Measure(input);
        }
    }

    private void Trace(string path, nn.Module module, ModuleArguments arguments, object? result)
    {
        if (_trace is null || !_model.training)
        {
            return;
        }

        try
        {
            // Where the model's own call is not seen, a second pass is recognised by data that enters where the first did.
            if (!_modelWasCalled && ReferenceEquals(module, _firstTraced)
                && !arguments.All.SelectMany(TensorsWithin.Of).Any(tensor => tensor.requires_grad))
            {
                CompleteTrace(null);
                return;
            }

            _firstTraced ??= module;
            _trace.Add(path, module, arguments, result);
        }
        catch (Exception exception)
        {
            _problems.Report("prediction", $"The forward pass could not be traced, and nothing is predicted: {exception.Message}", exception);
            _trace?.Dispose();
            _trace = null;
        }
    }

    private void Report(Exception exception) =>
        _problems.Report("forward", $"A forward pass could not be followed: {exception.Message}", exception);
}
