using System.Runtime.InteropServices;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Statistics of many tensors on one device: each is reduced there to rows of a few numbers, and all rows are copied to the
/// host together, once. Works on any device, the CPU too, where it serves to check it.
/// </summary>
internal sealed class DeviceBatch : IDisposable
{
    private const int Columns = 7;

    private readonly List<Entry> _entries = [];
    private readonly List<Tensor> _rows = [];
    private readonly long _partLength;

    /// <summary>Starts an empty batch.</summary>
    /// <param name="partLength">
    /// Elements that are converted at a time: it bounds the temporary memory, to 32 MiB for each of about four temporaries.
    /// </param>
    public DeviceBatch(long partLength = 1 << 22)
    {
        _partLength = partLength;
    }

    /// <summary>Queues the reductions of a tensor; nothing is waited for.</summary>
    /// <param name="tensor">A tensor of any type and layout, on the device of the others.</param>
    public void Add(Tensor tensor)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor source = tensor.is_sparse ? TensorMeasurement.CoalescedValues(tensor) : tensor;
        var entry = new Entry(source.numel(), tensor.numel() - source.numel(), _partLength);
        int before = _rows.Count;
        try
        {
            Tensor flat = source.reshape(-1);
            for (long start = 0; start < entry.Stored; start += _partLength)
            {
                using DisposeScope part = NewDisposeScope();
                _rows.Add(Reduce(flat.narrow(0, start, Math.Min(_partLength, entry.Stored - start))).DetachFromDisposeScope());
            }
        }
        catch
        {
            // A tensor that cannot be reduced must not shift the rows of the next one.
            for (int i = before; i < _rows.Count; i++)
            {
                _rows[i].Dispose();
            }

            _rows.RemoveRange(before, _rows.Count - before);
            throw;
        }

        _entries.Add(entry);
    }

    /// <summary>Copies the rows and returns the statistics of each tensor, in the order in which they were added.</summary>
    public TensorStatistics[] Complete()
    {
        double[] rows = CopyRows();
        var results = new TensorStatistics[_entries.Count];
        int row = 0;
        for (int i = 0; i < results.Length; i++)
        {
            var accumulator = default(StatisticsAccumulator);
            accumulator.AddZeros(_entries[i].Implicit);
            for (long start = 0; start < _entries[i].Stored; start += _partLength, row++)
            {
                long count = Math.Min(_partLength, _entries[i].Stored - start);
                Accumulate(rows.AsSpan(row * Columns, Columns), count, ref accumulator);
            }

            results[i] = accumulator.ToStatistics();
        }

        return results;
    }

    /// <summary>Frees the rows.</summary>
    public void Dispose()
    {
        foreach (Tensor row in _rows)
        {
            row.Dispose();
        }

        _rows.Clear();
        _entries.Clear();
    }

    /// <summary>
    /// Reduces one part to: finite elements, zeros, least, greatest, and, in units of the greatest absolute value, the sum of
    /// absolute values, the mean and the squared deviations.
    /// </summary>
    private static Tensor Reduce(Tensor part)
    {
        // Metal has no float64.
        ScalarType wide = part.device_type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
        Tensor values = (part.is_complex() ? part.abs() : part).to_type(wide);
        Tensor finite = values.isfinite();
        Tensor count = finite.sum(wide);
        Tensor zeros = values.eq(0).sum(wide);
        Tensor least = values.where(finite, double.PositiveInfinity).min();
        Tensor greatest = values.where(finite, double.NegativeInfinity).max();
        Tensor cleared = values.where(finite, 0);
        Tensor unit = cleared.abs().max();
        Tensor divisor = unit.where(unit.gt(0), 1);
        Tensor scaled = cleared / divisor;
        Tensor sumAbs = scaled.abs().sum();
        Tensor mean = scaled.sum() / count.clamp_min(1);
        Tensor deviations = (scaled - mean).where(finite, 0);
        Tensor squared = deviations.square().sum();
        return stack([count, zeros, least, greatest, sumAbs, mean, squared]);
    }

    private static void Accumulate(ReadOnlySpan<double> row, long count, ref StatisticsAccumulator accumulator)
    {
        long finite = (long)row[0];
        double unit = Math.Max(Math.Abs(row[2]), Math.Abs(row[3]));
        if (finite == 0)
        {
            accumulator.AddNonFinite(count);
            return;
        }

        if (unit == 0)
        {
            accumulator.AddZeros(finite);
            accumulator.AddNonFinite(count - finite);
            return;
        }

        // From units of the greatest absolute value to units of a power of two.
        int exponent = Math.ILogB(unit);
        double factor = Math.ScaleB(unit, -exponent);
        accumulator.AddExtreme(row[2]);
        accumulator.AddExtreme(row[3]);
        accumulator.Add(
            count,
            finite,
            (long)row[1],
            new PartialMoments(exponent, row[4] * factor, row[5] * factor, row[6] * factor * factor));
    }

    private double[] CopyRows()
    {
        if (_rows.Count == 0)
        {
            return [];
        }

        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor host = stack(_rows).cpu().to_type(ScalarType.Float64).contiguous();
        return MemoryMarshal.Cast<byte, double>(host.bytes).ToArray();
    }

    private readonly record struct Entry(long Stored, long Implicit, long PartLength);
}
