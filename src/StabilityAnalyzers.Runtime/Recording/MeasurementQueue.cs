using StabilityAnalyzers.RunLog;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Measures the tensors of a step: those on the CPU at once, those on each other device together, with one copy at the end.
/// </summary>
internal sealed class MeasurementQueue : IDisposable
{
    private readonly List<TensorStatistics> _results = [];
    private readonly List<(DeviceType Type, int Index, DeviceBatch Batch, List<int> Slots)> _devices = [];

    /// <summary>Measures a tensor, or queues its reductions. It may be disposed afterwards.</summary>
    /// <returns>Where <see cref="Complete"/> puts the result.</returns>
    public int Add(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU)
        {
            _results.Add(TensorMeasurement.Measure(tensor));
        }
        else
        {
            (_, _, DeviceBatch batch, List<int> slots) = DeviceOf(tensor);
            batch.Add(tensor);
            slots.Add(_results.Count);
            _results.Add(default);
        }

        return _results.Count - 1;
    }

    /// <summary>Waits for the devices and returns everything that was measured, by place.</summary>
    public IReadOnlyList<TensorStatistics> Complete()
    {
        foreach ((_, _, DeviceBatch batch, List<int> slots) in _devices)
        {
            TensorStatistics[] measured = batch.Complete();
            for (int i = 0; i < measured.Length; i++)
            {
                _results[slots[i]] = measured[i];
            }
        }

        return _results;
    }

    /// <summary>Frees what the devices still hold.</summary>
    public void Dispose()
    {
        foreach ((_, _, DeviceBatch batch, _) in _devices)
        {
            batch.Dispose();
        }

        _devices.Clear();
    }

    private (DeviceType Type, int Index, DeviceBatch Batch, List<int> Slots) DeviceOf(Tensor tensor)
    {
        DeviceType type = tensor.device_type;
        int index = tensor.device_index;
        foreach (var device in _devices)
        {
            if (device.Type == type && device.Index == index)
            {
                return device;
            }
        }

        _devices.Add((type, index, new DeviceBatch(), []));
        return _devices[^1];
    }
}
