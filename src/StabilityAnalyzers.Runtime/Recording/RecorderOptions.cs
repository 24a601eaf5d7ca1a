using StabilityAnalyzers.RunLog;

namespace StabilityAnalyzers.Runtime;

/// <summary>What a <see cref="GradientRecorder"/> records, how often, and where to.</summary>
public sealed record RecorderOptions
{
    /// <summary>Which steps are recorded; by default every one.</summary>
    public RecordingSchedule Schedule { get; init; } = RecordingSchedule.EveryStep;

    /// <summary>
    /// Whether the error signal is taken at the outputs of the layers, and the gradient flow predicted. It needs hooks, which
    /// run where layers are called through <c>call</c>, and keeps each layer's output until the step is recorded.
    /// </summary>
    public bool ErrorSignals { get; init; } = true;

    /// <summary>Whether the norm of every parameter is recorded beside that of its gradient: one more pass over the weights.</summary>
    public bool WeightNorms { get; init; }

    /// <summary>
    /// The recorded steps in which it is measured what the optimizer does to each parameter, and the norm of the parameter, if
    /// they are made through <see cref="GradientRecorder.Step(TorchSharp.torch.optim.Optimizer, TorchSharp.torch.Tensor?)"/>: it needs
    /// a copy of the parameters for the time of the step. Null for none.
    /// </summary>
    public RecordingSchedule? Updates { get; init; } = RecordingSchedule.Every(10);

    /// <summary>
    /// The recorded steps in which the units of the activations are counted that are zero or saturated; they are added up
    /// until 100 samples have been seen. Null for none. It needs error signals.
    /// </summary>
    public RecordingSchedule? Activations { get; init; } = RecordingSchedule.Every(10);

    /// <summary>
    /// The recorded steps in which the outputs of the layers are measured. Null for none. It needs error signals.
    /// </summary>
    public RecordingSchedule? LayerOutputs { get; init; } = RecordingSchedule.First(10);

    /// <summary>Whether a run file is written.</summary>
    public bool WriteRunFile { get; init; } = true;

    /// <summary>Path of the run file; null for a new file in <c>.stability/runs</c> below <see cref="BaseDirectory"/>.</summary>
    public string? RunFilePath { get; init; }

    /// <summary>Folder below which run files are collected; null for the current one.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>How the run file is written; null for the defaults.</summary>
    public RunLogOptions? RunLog { get; init; }

    /// <summary>
    /// Which detectors read the records, and with which thresholds; null for <see cref="DetectorPreset.Default"/>. May be shared
    /// by any number of recorders.
    /// </summary>
    public DetectorPreset? Detection { get; init; }

    /// <summary>
    /// Called for each finding when it is established, on the thread that recorded the step. What it throws is kept in
    /// <see cref="GradientRecorder.Problems"/> and never reaches the training.
    /// </summary>
    public Action<Finding>? OnFinding { get; init; }

    /// <summary>
    /// Detectors of one's own in place of <see cref="Detection"/>: a set of its own for each recorder, because they hold the
    /// history of a run.
    /// </summary>
    public DetectorSet? Detectors { get; init; }

    /// <summary>
    /// What the run is written to beside its file, such as <see cref="MetricsOutput"/> and <see cref="LoggerOutput"/>: each for one
    /// recorder, which disposes of them.
    /// </summary>
    public IReadOnlyList<IRunOutput> Outputs { get; init; } = [];

    /// <summary>What else is worth keeping of the run: optimizer, learning rate, seed.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }
}
