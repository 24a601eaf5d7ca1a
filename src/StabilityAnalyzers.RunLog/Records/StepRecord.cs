namespace StabilityAnalyzers.RunLog;

/// <summary>What is known of one parameter at one step.</summary>
/// <param name="Path">Module path of the parameter, as <c>named_parameters()</c> gives it, for example <c>fc0.weight</c>.</param>
/// <param name="Gradient">Statistics of its gradient; null if it has none (frozen, or not reached by the loss).</param>
/// <param name="WeightNorm">Euclidean norm of the parameter itself; null if it was not taken.</param>
/// <param name="RequiresGrad">
/// Whether the parameter asks for a gradient: false for a frozen one; null if that is not known, and then the absence of
/// a gradient says nothing.
/// </param>
/// <param name="Update">
/// Statistics of the change that the optimizer's step made to the parameter; null if it was not taken.
/// </param>
public sealed record ParameterRecord(
    string Path,
    TensorStatistics? Gradient,
    double? WeightNorm = null,
    bool? RequiresGrad = null,
    TensorStatistics? Update = null);

/// <summary>What is known of the output of one layer at one step.</summary>
/// <param name="Path">Module path of the layer, for example <c>fc0</c>.</param>
/// <param name="ErrorSignal">
/// Statistics of the gradient of the loss with respect to the layer's output (the error signal, delta); null if it could
/// not be seen at this step.
/// </param>
/// <param name="Calls">How often the layer was called in this step; the statistics are those of the first call.</param>
/// <param name="Output">Statistics of the output of the first call; null if they were not taken.</param>
/// <param name="LastErrorSignal">
/// The error signal at the output of the last call, of a layer that was called more than once; null if it was not taken.
/// </param>
public sealed record LayerRecord(
    string Path,
    TensorStatistics? ErrorSignal,
    int Calls = 1,
    TensorStatistics? Output = null,
    TensorStatistics? LastErrorSignal = null);

/// <summary>
/// What the units of one activation did over the samples that were seen since the record of it before: a unit is a column
/// of a dense layer or a channel of a convolution.
/// </summary>
/// <param name="Path">Module path of the activation, for example <c>act0</c>.</param>
/// <param name="Kind">Kind of activation, the TorchSharp type name, for example <c>ReLU</c>.</param>
/// <param name="Layer">Path of the layer with weights that was called before it; null if there was none.</param>
/// <param name="Units">Number of units.</param>
/// <param name="Samples">Number of samples, of which a map or a sequence is one.</param>
/// <param name="DeadUnits">Units that were zero for every sample; null if the activation has no such zero.</param>
/// <param name="SaturatedUnits">
/// Units of which the slope was below 1 % of its greatest for more than half of the values; null if it is no activation that
/// saturates.
/// </param>
public sealed record ActivationRecord(
    string Path,
    string Kind,
    string? Layer,
    long Units,
    long Samples,
    long? DeadUnits = null,
    long? SaturatedUnits = null);

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
    IReadOnlyList<LayerRecord> Layers)
{
    /// <summary>The activations of which enough samples have been seen by now; often none.</summary>
    public IReadOnlyList<ActivationRecord> Activations { get; init; } = [];

    /// <summary>Statistics of what entered the first layer; null if they were not taken.</summary>
    public TensorStatistics? Input { get; init; }

    /// <summary>
    /// How much the output of the last layer differs from sample to sample: the standard deviation over the batch as a share of
    /// the root mean square, from 0 to 1; null if it is not known or the output is zero.
    /// </summary>
    public double? OutputSpread { get; init; }

    /// <summary>The latest loss on validation data, given since the record before; null if none was.</summary>
    public double? ValidationLoss { get; init; }
}

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
