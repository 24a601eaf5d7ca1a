using StabilityAnalyzers.RunLog;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>Parameters as they were before the optimizer's step. Disposed as soon as the step is recorded.</summary>
internal sealed class WeightCopies : IDisposable
{
    private readonly List<(string Path, Parameter Parameter, Tensor Before)> _copies = [];

    /// <summary>Keeps a copy of a parameter.</summary>
    public void Add(string path, Parameter parameter)
    {
        using IDisposable noGradient = no_grad();
        _copies.Add((path, parameter, parameter.clone().DetachFromDisposeScope()));
    }

    /// <summary>What has happened to each parameter since, by its path.</summary>
    public Dictionary<string, TensorStatistics> MeasureChanges()
    {
        using IDisposable noGradient = no_grad();
        using var queue = new MeasurementQueue();
        var slots = new List<(string Path, int Slot)>();
        foreach ((string path, Parameter parameter, Tensor before) in _copies)
        {
            // The step may have replaced the parameter, or moved it.
            if (!parameter.IsInvalid && parameter.device_type == before.device_type && parameter.shape.SequenceEqual(before.shape))
            {
                using Tensor change = parameter.sub(before);
                slots.Add((path, queue.Add(change)));
            }
        }

        IReadOnlyList<TensorStatistics> measured = queue.Complete();
        return slots.ToDictionary(item => item.Path, item => measured[item.Slot], StringComparer.Ordinal);
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        foreach ((_, _, Tensor before) in _copies)
        {
            before.Dispose();
        }

        _copies.Clear();
    }
}
