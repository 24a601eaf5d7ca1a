using StabilityAnalyzers.RunLog;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>Reads the gradients of a model's parameters after the backward pass.</summary>
internal sealed class ParameterReader
{
    private readonly nn.Module _model;
    private readonly bool _weightNorms;
    private readonly ProblemLog _problems;

    public ParameterReader(nn.Module model, bool weightNorms, ProblemLog problems)
    {
        _model = model;
        _weightNorms = weightNorms;
        _problems = problems;
    }

    /// <summary>
    /// Measures the gradient of every parameter. They are enumerated anew each time: moving or changing a model replaces its
    /// parameters. A parameter that several layers share is listed under its first name.
    /// </summary>
    /// <param name="queue">Where the gradients are measured.</param>
    /// <returns>What makes the records once the queue is complete.</returns>
    public List<PendingParameter> Read(MeasurementQueue queue)
    {
        var pending = new List<PendingParameter>();
        var seen = new HashSet<IntPtr>();
        foreach ((string path, Parameter parameter) in _model.named_parameters())
        {
            if (!parameter.IsInvalid && !seen.Add(TensorIdentity.Of(parameter)))
            {
                continue;
            }

            pending.Add(Read(path, parameter, queue));
        }

        return pending;
    }

    private PendingParameter Read(string path, Parameter parameter, MeasurementQueue queue)
    {
        bool? requiresGradient = null;
        int? gradientSlot = null;
        int? weightSlot = null;
        try
        {
            requiresGradient = parameter.requires_grad;
            if (requiresGradient == true)
            {
                using Tensor? gradient = parameter.grad;
                gradientSlot = gradient is null ? null : queue.Add(gradient);
            }

            weightSlot = _weightNorms ? queue.Add(parameter) : null;
        }
        catch (Exception exception)
        {
            _problems.Report("parameter " + path, $"The gradient of '{path}' could not be read: {exception.Message}", exception);
        }

        return new PendingParameter(path, requiresGradient, gradientSlot, weightSlot);
    }
}

/// <summary>A parameter whose measurements are under way.</summary>
/// <param name="Path">Its name.</param>
/// <param name="RequiresGrad">Whether it asks for a gradient; null if that could not be read.</param>
/// <param name="GradientSlot">Where the statistics of its gradient will be; null if it has none.</param>
/// <param name="WeightSlot">Where its own statistics will be; null if they are not taken.</param>
internal readonly record struct PendingParameter(string Path, bool? RequiresGrad, int? GradientSlot, int? WeightSlot)
{
    /// <summary>The record, from what was measured.</summary>
    public ParameterRecord ToRecord(IReadOnlyList<TensorStatistics> measured) => new(
        Path,
        GradientSlot is { } gradient ? measured[gradient] : null,
        WeightSlot is { } weight ? measured[weight].L2 : null,
        RequiresGrad);
}
