using System.Runtime.InteropServices;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Takes the statistics of a tensor of any kind. Float32 and float64 in CPU memory are read where they lie; what else is on
/// the CPU is read from a temporary copy in one of these two types; on any other device everything is reduced there and one
/// small tensor is copied.
/// </summary>
public static class TensorMeasurement
{
    /// <summary>Elements that one span can hold for certain; larger tensors are read in parts.</summary>
    internal const long PartLength = int.MaxValue / sizeof(double);

    /// <summary>The statistics of a tensor. The tensor is not changed, and no tensor is left behind.</summary>
    /// <param name="tensor">
    /// Any shape, type, device and layout: strided, expanded or sparse (of which the elements that are not stored count as zeros).
    /// Of complex elements the absolute values are taken.
    /// </param>
    /// <returns>The statistics over all elements.</returns>
    /// <exception cref="ExternalException">libtorch cannot convert this kind of tensor, for example a quantized one.</exception>
    public static TensorStatistics Measure(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.device_type != DeviceType.CPU)
        {
            using var batch = new DeviceBatch();
            batch.Add(tensor);
            return batch.Complete()[0];
        }

        var accumulator = default(StatisticsAccumulator);
        if (IsReadable(tensor))
        {
            Read(tensor, ref accumulator);
        }
        else
        {
            using IDisposable noGradient = no_grad();
            ReadConverted(tensor, ref accumulator);
        }

        return accumulator.ToStatistics();
    }

    /// <summary>
    /// The stored values of a sparse tensor, one for each index. The power of one is the identity; libtorch coalesces before
    /// it, and TorchSharp has no function of its own for that.
    /// </summary>
    internal static Tensor CoalescedValues(Tensor sparse)
    {
        using Tensor coalesced = sparse.pow(1);
        return coalesced.SparseValues;
    }

    /// <summary>The real type in which the elements of a tensor are measured; complex ones are taken by absolute value first.</summary>
    internal static ScalarType MeasuredType(ScalarType type) => type switch
    {
        ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.ComplexFloat32 => ScalarType.Float32,
        _ => ScalarType.Float64,
    };

    private static bool IsReadable(Tensor tensor) =>
        tensor.dtype is ScalarType.Float32 or ScalarType.Float64
        && !tensor.is_sparse
        && tensor.is_contiguous()
        && !tensor.is_neg();

    private static void ReadConverted(Tensor tensor, ref StatisticsAccumulator accumulator)
    {
        if (tensor.is_sparse)
        {
            using Tensor values = CoalescedValues(tensor);
            accumulator.AddZeros(tensor.numel() - values.numel());
            Convert(values, ref accumulator);
        }
        else
        {
            Convert(tensor, ref accumulator);
        }

        static void Convert(Tensor source, ref StatisticsAccumulator accumulator)
        {
            using Tensor real = source.is_complex() ? source.abs() : source.alias();
            using Tensor converted = real.to_type(MeasuredType(source.dtype));

            // A view of the imaginary part of a conjugate keeps its sign in a flag.
            using Tensor resolved = converted.is_neg() ? converted.resolve_neg() : converted.alias();
            using Tensor contiguous = resolved.contiguous();
            Read(contiguous, ref accumulator);
        }
    }

    private static void Read(Tensor contiguous, ref StatisticsAccumulator accumulator)
    {
        long count = contiguous.numel();
        if (count <= PartLength)
        {
            ReadPart(contiguous, ref accumulator);
            return;
        }

        using IDisposable noGradient = no_grad();
        using Tensor flat = contiguous.view(-1);
        for (long start = 0; start < count; start += PartLength)
        {
            using Tensor part = flat.narrow(0, start, Math.Min(PartLength, count - start));
            ReadPart(part, ref accumulator);
        }
    }

    private static void ReadPart(Tensor part, ref StatisticsAccumulator accumulator)
    {
        // An empty tensor may have no memory at all.
        if (part.numel() == 0)
        {
            return;
        }

        Span<byte> bytes = part.bytes;
        if (part.dtype == ScalarType.Float32)
        {
            StatisticsPass.Add<float>(MemoryMarshal.Cast<byte, float>(bytes), ref accumulator);
        }
        else
        {
            StatisticsPass.Add<double>(MemoryMarshal.Cast<byte, double>(bytes), ref accumulator);
        }

        // The span does not keep the memory alive.
        GC.KeepAlive(part);
    }
}
