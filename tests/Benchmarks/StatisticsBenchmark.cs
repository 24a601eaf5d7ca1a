using System.Numerics;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using StabilityAnalyzers.RunLog;
using StabilityAnalyzers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Benchmarks;

/// <summary>
/// The recorder's pass over a gradient, beside a bare read of the same memory and the same statistics by libtorch operators.
/// </summary>
[MemoryDiagnoser]
public class StatisticsBenchmark
{
    private Tensor _gradient = null!;

    [Params(1 << 16, 1 << 20, 1 << 24)]
    public int Elements { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        // The pass uses one thread; so do the operators that it is compared with.
        set_num_threads(1);
        manual_seed(1);
        _gradient = randn(Elements) * 1e-3f;
    }

    [GlobalCleanup]
    public void Cleanup() => _gradient.Dispose();

    /// <summary>Every element is loaded and added up, and nothing else: what the memory gives.</summary>
    [Benchmark(Baseline = true)]
    public float BareRead()
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<byte, Vector<float>>(_gradient.bytes);
        Vector<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i + 3 < vectors.Length; i += 4)
        {
            a += vectors[i];
            b += vectors[i + 1];
            c += vectors[i + 2];
            d += vectors[i + 3];
        }

        return Vector.Sum(a + b + c + d);
    }

    [Benchmark]
    public TensorStatistics Recorder() => TensorMeasurement.Measure(_gradient);

    /// <summary>The ten figures of the record, each by the operator that gives it.</summary>
    [Benchmark]
    public double LibTorchTenStatistics()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor absolute = _gradient.abs();
        return _gradient.numel()
            + _gradient.mean().ToDouble()
            + absolute.mean().ToDouble()
            + _gradient.std(unbiased: false).ToDouble()
            + _gradient.min().ToDouble()
            + _gradient.max().ToDouble()
            + absolute.max().ToDouble()
            + _gradient.norm().ToDouble()
            + _gradient.eq(0).sum().ToInt64()
            + _gradient.isfinite().logical_not().sum().ToInt64();
    }

    /// <summary>Mean of the absolute values, standard deviation, maximum and minimum.</summary>
    [Benchmark]
    public double LibTorchFourStatistics()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        return _gradient.abs().mean().ToDouble()
            + _gradient.std().ToDouble()
            + _gradient.max().ToDouble()
            + _gradient.min().ToDouble();
    }
}
