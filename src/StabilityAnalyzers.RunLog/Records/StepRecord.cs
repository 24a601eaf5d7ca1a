namespace StabilityAnalyzers.RunLog;

/// <summary>What is known of one parameter at one step.</summary>
/// <param name="Path">Module path of the parameter, as <c>named_parameters()</c> gives it, for example <c>fc0.weight</c>.</param>
/// <param name="Gradient">Statistics of its gradient; null if it has none (frozen, or not reached by the loss).</param>
/// <param name="WeightNorm">Euclidean norm of the parameter itself; null if it was not taken.</param>
/// <param name="RequiresGrad">
/// Whether the parameter asks for a gradient: false for a frozen one; null if that is not known, and then the absence of
/// a gradient says nothing.
/// </param>
public sealed record ParameterRecord(
    string Path,
    TensorStatistics? Gradient,
    double? WeightNorm = null,
    bool? RequiresGrad = null);

/// <summary>What is known of the output of one layer at one step.</summary>
/// <param name="Path">Module path of the layer, for example <c>fc0</c>.</param>
/// <param name="ErrorSignal">
/// Statistics of the gradient of the loss with respect to the layer's output (the error signal, delta); null if it could
/// not be seen at this step.
/// </param>
/// <param name="Calls">How often the layer was called in this step; the statistics are those of the first call.</param>
public sealed record LayerRecord(string Path, TensorStatistics? ErrorSignal, int Calls = 1);

/// <summary>One sampled training step.</summary>
/// <param name="Step">Number of the step, counted from 0 by the recorder.</param>
/// <param name="Time">Time since the recorder was attached.</param>
/// <param name="Loss">The loss that was passed to the recorder; null if none was.</param>
/// <param name="Parameters">Every parameter of the model, in the order of <c>named_parameters()</c>.</param>
/// <param name="Layers">The layers whose output was seen, in forward order.</param>
public sealed record StepRecord(
    long Step,
    TimeSpan Time,
    double? Loss,
    IReadOnlyList<ParameterRecord> Parameters,
    IReadOnlyList<LayerRecord> Layers);

/// <summary>A layer of the model that is watched, in forward order; what does not change from step to step.</summary>
/// <param name="Path">Module path, for example <c>encoder.fc0</c>.</param>
/// <param name="Kind">Kind of layer, the TorchSharp type name, for example <c>Linear</c>.</param>
/// <param name="GradientRatio">Predicted RMS(delta here) / RMS(delta at the last layer); null if unknown.</param>
/// <param name="DepthFactor">Predicted ratio without the geometry (widths, pooling, stride); null if unknown.</param>
public sealed record LayerInfo(string Path, string Kind, double? GradientRatio = null, double? DepthFactor = null);

/// <summary>What a run is about; written once, at its start.</summary>
/// <param name="RunId">Unique identifier of the run.</param>
/// <param name="ModelType">Full name of the model's type.</param>
/// <param name="Started">When the recorder was attached, in UTC.</param>
/// <param name="Layers">The layers with weights, in forward order as far as it is known.</param>
/// <param name="Properties">Anything else worth keeping: device, optimizer, versions, hyper-parameters.</param>
public sealed record RunInfo(
    string RunId,
    string ModelType,
    DateTimeOffset Started,
    IReadOnlyList<LayerInfo> Layers,
    IReadOnlyDictionary<string, string> Properties);
