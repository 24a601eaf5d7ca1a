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
    /// <param name="withNorms">Whether the weights are measured too, though the options do not ask for it.</param>
    public List<PendingParameter> Read(MeasurementQueue queue, bool withNorms = false)
    {
        var pending = new List<PendingParameter>();
        var seen = new HashSet<IntPtr>();
        foreach ((string path, Parameter parameter) in _model.named_parameters())
        {
            if (!parameter.IsInvalid && !seen.Add(TensorIdentity.Of(parameter)))
            {
                continue;
            }

            pending.Add(Read(path, parameter, queue, withNorms || _weightNorms));
        }

        return pending;
    }

    /// <summary>Keeps a copy of every parameter that has a gradient, to see what the next step does to it.</summary>
    public WeightCopies Copy()
    {
        var copies = new WeightCopies();
        try
        {
            var seen = new HashSet<IntPtr>();
            foreach ((string path, Parameter parameter) in _model.named_parameters())
            {
                if (!parameter.IsInvalid && seen.Add(TensorIdentity.Of(parameter)) && parameter.requires_grad)
                {
                    using Tensor? gradient = parameter.grad;
                    if (gradient is not null)
                    {
                        copies.Add(path, parameter);
                    }
                }
            }

            return copies;
        }
        catch
        {
            copies.Dispose();
            throw;
        }
    }

    private PendingParameter Read(string path, Parameter parameter, MeasurementQueue queue, bool withNorm)
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

            weightSlot = withNorm ? queue.Add(parameter) : null;
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
        WeightSlot is { } weight ? NormOf(measured[weight]) : null,
        RequiresGrad);

    /// <summary>The statistics leave out what is not finite; a weight that holds such a number has no finite norm.</summary>
    private static double NormOf(TensorStatistics weight) => weight.IsFinite ? weight.L2 : double.NaN;
}
