using System.Diagnostics;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Records the gradient flow of a model while it trains: the gradient of every parameter and the error signal at the output
/// of every layer with a weight, beside what is predicted of them; writes them to a run file and shows them to the detectors.
/// Training is not disturbed: nothing is thrown into it, no number and no random state changes, and no tensor stays alive
/// longer than until the step is recorded. What fails is switched off and told once in <see cref="Problems"/>. A recorder may
/// be used from several threads; each recorder has a state of its own.
/// </summary>
/// <example>
/// <code>
/// using var recorder = GradientRecorder.Attach(model);
/// // in the loop: zero_grad, forward, backward, and then, in place of optimizer.step():
/// recorder.Step(optimizer, loss);
/// </code>
/// </example>
public sealed partial class GradientRecorder : IDisposable
{
    private readonly object _gate = new();
    private readonly nn.Module _model;
    private readonly RecorderOptions _options;
    private readonly ProblemLog _problems = new();
    private readonly ParameterReader _parameters;
    private readonly DetectorSet _detectors;
    private readonly string _runId = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly long _startedTicks = Stopwatch.GetTimestamp();
    private readonly List<Finding> _findings = [];
    private readonly OutputSet _outputs;
    private ForwardMonitor? _forward;
    private RunLogWriter? _writer;
    private RunInfo? _run;
    private RunSummaryBuilder? _summary;
    private double? _validationLoss;
    private long _step;
    private long? _lastAlert;
    private bool _isDisposed;

    private GradientRecorder(nn.Module model, RecorderOptions options)
    {
        _model = model;
        _options = options;
        _outputs = new OutputSet(options.Outputs, _problems);
        _parameters = new ParameterReader(model, options.WeightNorms, _problems);
        _detectors = options.Detectors
            ?? new DetectorSet(options.Detection ?? DetectorPreset.Default, failure => _problems.Report(
                "detector " + failure.Detector.GetType().Name,
                $"{failure.Detector.GetType().Name} is switched off: {failure.Exception.Message}",
                failure.Exception));
        if (options.ErrorSignals)
        {
            _problems.Guard("hooks", () => _forward = new ForwardMonitor(model, _gate, DetailOf(0), _problems));
        }
    }

    /// <summary>Raised after a step was recorded, on the thread that recorded it. What a handler throws is ignored.</summary>
    public event EventHandler<StepRecord>? StepRecorded;

    /// <summary>Raised for each finding when it is established, on the thread that recorded the step.</summary>
    public event EventHandler<Finding>? FindingEstablished;

    /// <summary>
    /// What the run is about. The layers are in forward order, and predictions are complete, from the first recorded step on.
    /// </summary>
    public RunInfo Run
    {
        get
        {
            lock (_gate)
            {
                return _run ?? Describe();
            }
        }
    }

    /// <summary>
    /// What is predicted of the model as it was in its first pass; before that, as far as it follows from its structure. Null
    /// if error signals are not recorded.
    /// </summary>
    public GradientFlow.Prediction? Prediction
    {
        get
        {
            lock (_gate)
            {
                return field ?? (_forward is null ? null : Predict(_forward));
            }
        }

        private set;
    }

    /// <summary>Path of the run file; null if none is written, or before the first recorded step.</summary>
    public string? RunFile
    {
        get
        {
            lock (_gate)
            {
                return _writer is { Problem: not { Kind: RunLogProblemKind.Stopped } } ? _writer.Path : null;
            }
        }
    }

    /// <summary>Number of steps so far, recorded or not.</summary>
    public long StepCount => Interlocked.Read(ref _step);

    /// <summary>The step that was recorded last; null before the first.</summary>
    public StepRecord? LastRecord { get; private set; }

    /// <summary>What the detectors found so far.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_gate)
            {
                return _findings.ToArray();
            }
        }
    }

    /// <summary>The run so far in one table: each layer with its predicted and its measured ratio, the findings, the loss.</summary>
    public RunSummary Summary
    {
        get
        {
            lock (_gate)
            {
                return (_summary ?? new RunSummaryBuilder(_run ?? Describe())).Build(_writer?.LostRecords ?? 0);
            }
        }
    }

    /// <summary>What could not be done, each once.</summary>
    public IReadOnlyList<RecorderProblem> Problems => _problems.All;

    /// <summary>Starts recording a model. Attach before the first forward pass.</summary>
    /// <param name="model">The model, with its components registered.</param>
    /// <param name="options">What to record; null for the defaults.</param>
    /// <returns>The recorder; disposing it takes it off the model and closes the run file.</returns>
    /// <exception cref="ArgumentNullException">No model.</exception>
    public static GradientRecorder Attach(nn.Module model, RecorderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new GradientRecorder(model, options ?? new RecorderOptions());
    }

    /// <summary>
    /// Ends a step: records it if it is due. Call it once per step, after <c>backward</c> and before the gradients are changed
    /// (by clipping, <c>step</c> or <c>zero_grad</c>). Never throws.
    /// </summary>
    /// <param name="loss">The loss of the step, a tensor with one element; null if it is not to be recorded.</param>
    /// <returns>The record; null if the step was not due or could not be recorded.</returns>
    public StepRecord? Record(Tensor? loss = null) => Publish(Take(loss, withUpdates: false).Record);

    /// <summary>
    /// Makes the loss on validation data known; it is part of the next record. Never throws.
    /// </summary>
    /// <param name="loss">The mean loss over the validation data.</param>
    public void RecordValidation(double loss)
    {
        lock (_gate)
        {
            _validationLoss = loss;
        }
    }

    /// <summary>
    /// Records the step and lets the optimizer make it: what stands in place of <c>optimizer.step()</c>. What is recorded is
    /// read before the step; the record is complete, and shown to the detectors, after it.
    /// </summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="loss">The loss of the step; null if it is not to be recorded.</param>
    /// <returns>What <c>optimizer.step()</c> returns.</returns>
    public Tensor? Step(optim.Optimizer optimizer, Tensor? loss = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return StepAround(() => Unwatched(optimizer).step(), loss);
    }

    /// <summary>Records what is there before a step, makes it, and records what it changed.</summary>
    internal Tensor? StepAround(Func<Tensor?> step, Tensor? loss)
    {
        (StepRecord? record, WeightCopies? weights) = Take(loss, withUpdates: true);
        try
        {
            return step();
        }
        finally
        {
            using (weights)
            {
                if (record is not null && weights is not null)
                {
                    _problems.Guard("updates", () => record = WithUpdates(record, weights.MeasureChanges()));
                }
            }

            Publish(record);
        }
    }

    /// <summary>Lets the optimizer make a step with a closure, and records the first evaluation of it.</summary>
    /// <param name="optimizer">The optimizer, for example LBFGS.</param>
    /// <param name="closure">Clears the gradients, computes the loss, calls <c>backward</c> and returns the loss.</param>
    /// <returns>What <c>optimizer.step(closure)</c> returns.</returns>
    public Tensor? Step(optim.Optimizer optimizer, Func<Tensor> closure)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(closure);
        bool isRecorded = false;
        return Unwatched(optimizer).step(() =>
        {
            Tensor loss = closure();
            if (!isRecorded)
            {
                isRecorded = true;
                Record(loss);
            }

            return loss;
        });
    }

    /// <summary>
    /// For a loop that cannot be changed: an optimizer to give to it in place of another one, which records each step before
    /// that one makes it. Schedulers, parameter groups, state dictionaries and <c>to</c> act on the optimizer behind it.
    /// </summary>
    /// <remarks>
    /// What is recorded is what <c>step</c> gets: gradients that the loop has clipped are recorded clipped, and the loss is known
    /// only where <c>step</c> is given a closure. Code that asks whether the optimizer is an <c>Adam</c> gets no for an answer. A
    /// state that is saved with <c>save_state_dict</c> can be loaded without a recorder, and the other way round.
    /// </remarks>
    /// <param name="optimizer">The optimizer. Disposing of the one that is returned disposes of it.</param>
    /// <returns>The optimizer to use.</returns>
    /// <exception cref="ArgumentNullException">No optimizer.</exception>
    public OptimizerHelper Watch(OptimizerHelper optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return WatchedOptimizer.Of(optimizer, this);
    }

    /// <summary>The same for any optimizer, such as LBFGS.</summary>
    /// <param name="optimizer">The optimizer. Disposing of the one that is returned disposes of it.</param>
    /// <returns>The optimizer to use.</returns>
    /// <exception cref="ArgumentNullException">No optimizer.</exception>
    public optim.Optimizer Watch(optim.Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return optimizer is OptimizerHelper helper ? Watch(helper) : WatchedPlainOptimizer.Of(optimizer, this);
    }

    /// <summary>Takes the recorder off the model and closes the run file. The optimizer's step goes on without it.</summary>
    public void Dispose()
    {
        RunLogWriter? writer;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            writer = _writer;
            _problems.Guard("dispose", () => _forward?.Dispose());
            _outputs.Dispose();
        }

        // Writing what waits takes time; nothing else should wait for it.
        _problems.Guard("run file", () => writer?.Dispose());
    }

    // A watched optimizer would record the step a second time.
    private static optim.Optimizer Unwatched(optim.Optimizer optimizer) => optimizer is IWatchedOptimizer watched ? Unwatched(watched.Inner) : optimizer;

    private void Summarize(RunInfo run, StepRecord record, IReadOnlyList<Finding> findings)
    {
        _summary ??= new RunSummaryBuilder(run);
        _summary.Add(record);
        foreach (Finding finding in findings)
        {
            _summary.Add(finding);
        }
    }

    private void Write(RunInfo run, StepRecord record, IReadOnlyList<Finding> findings)
    {
        if (!_options.WriteRunFile)
        {
            return;
        }

        _writer ??= Open(run);
        _writer.TryWrite(record);
        foreach (Finding finding in findings)
        {
            _writer.TryWrite(finding);
        }
    }

    private RunLogWriter Open(RunInfo run)
    {
        RunLogOptions options = _options.RunLog ?? new RunLogOptions();
        return RunLogWriter.Create(
            _options.RunFilePath ?? RunLogLocation.NewFile(run, _options.BaseDirectory),
            run,
            options with
            {
                OnProblem = problem =>
                {
                    _problems.Report("run file: " + problem.Kind, problem.Message, problem.Cause);
                    options.OnProblem?.Invoke(problem);
                },
            });
    }

    /// <summary>The description as it is written down: from now on it stays as it is, whatever the next passes do.</summary>
    private RunInfo DescribeForGood()
    {
        Prediction = _forward is null ? null : Predict(_forward);
        return Describe();
    }

    private RunInfo Describe() => RunDescription.Of(_runId, _started, _model, _forward?.Taps ?? [], Prediction, _options.Properties);

    private GradientFlow.Prediction? Predict(ForwardMonitor forward)
    {
        try
        {
            return SignalPropagation.Predict(forward.Graph ?? LiveModelGraph.From(_model));
        }
        catch (Exception exception)
        {
            _problems.Report("prediction", $"The gradient flow could not be predicted: {exception.Message}", exception);
            return null;
        }
    }

    private void Raise<T>(EventHandler<T>? handlers, T argument)
    {
        foreach (EventHandler<T> handler in (handlers?.GetInvocationList() ?? []).Cast<EventHandler<T>>())
        {
            _problems.Guard("event handler", () => handler(this, argument));
        }
    }
}
