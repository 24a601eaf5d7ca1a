using StabilityAnalyzers.RunLog;
using TorchSharp;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>Every kind of tensor, read from memory and by the reductions that other devices use, against the definitions.</summary>
public class TensorMeasurementTests
{
    public static TheoryData<string> Kinds =>
    [
        "float32", "float64", "float16", "bfloat16", "complex64", "complex128", "int64", "bool",
        "transposed", "strided", "expanded scalar", "expanded rows", "view with an offset", "channels last",
        "empty", "empty matrix", "one element", "scalar",
        "sparse", "sparse with repeated indices", "sparse without values",
        "with NaN and infinities", "half with NaN", "complex with NaN", "huge", "tiny", "conjugate view",
        "all NaN", "all zero", "requires gradient",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryKindIsMeasured(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = Make(kind);

        // What other tests left behind must not be collected while the tensors are counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        TensorStatistics read = TensorMeasurement.Measure(tensor);
        TensorStatistics reduced = Reduce(tensor, partLength: 1 << 20);
        TensorStatistics inParts = Reduce(tensor, partLength: 7);
        Assert.Equal(before, Tensor.TotalCount);

        TensorStatistics expected = ReferenceStatistics.Of(Elements(tensor));
        ReferenceStatistics.AssertClose(expected, read, 2e-6);
        ReferenceStatistics.AssertClose(expected, reduced, 1e-6);
        ReferenceStatistics.AssertClose(expected, inParts, 1e-6);
    }

    [Fact]
    public void ManyTensorsInOneBatchKeepTheirOrder()
    {
        using DisposeScope scope = NewDisposeScope();
        using var batch = new DeviceBatch(partLength: 16);
        var tensors = new List<Tensor>();
        for (int i = 0; i < 20; i++)
        {
            tensors.Add(randn(i * 3) + i);
            batch.Add(tensors[i]);
        }

        TensorStatistics[] all = batch.Complete();
        Assert.Equal(tensors.Count, all.Length);
        for (int i = 0; i < all.Length; i++)
        {
            ReferenceStatistics.AssertClose(ReferenceStatistics.Of(Elements(tensors[i])), all[i], 1e-6);
        }
    }

    [Fact]
    public void ATensorThatCannotBeReducedDoesNotShiftTheOthers()
    {
        using DisposeScope scope = NewDisposeScope();
        using var batch = new DeviceBatch();
        Tensor disposed = randn(3);
        disposed.Dispose();
        batch.Add(ones(2));
        Assert.ThrowsAny<Exception>(() => batch.Add(disposed));
        batch.Add(full(3, 5.0));
        TensorStatistics[] all = batch.Complete();
        Assert.Equal([1.0, 5.0], all.Select(x => x.Mean));
    }

    [Fact]
    public void AnExpandedGradientIsReadThroughItsStrides()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(30, 40).requires_grad_();
        Tensor y = x * 2;
        Tensor captured = y.alias();
        captured.retain_grad();
        y.sum().backward();
        using Tensor? gradient = captured.grad;
        Assert.NotNull(gradient);
        TensorStatistics statistics = TensorMeasurement.Measure(gradient);
        Assert.Equal(new TensorStatistics(1200, 1, 1, 0, 1, 1, 1, Math.Sqrt(1200), 0, 0), statistics);
    }

    [Fact]
    public void ASparseEmbeddingGradientCountsUnseenRowsAsZeros()
    {
        using DisposeScope scope = NewDisposeScope();
        var embedding = nn.Embedding(100, 4, sparse: true);
        (embedding.call(tensor(new long[] { 3, 3, 7 })) * 2).sum().backward();
        using Tensor? gradient = embedding.weight!.grad;
        Assert.NotNull(gradient);
        Assert.True(gradient.is_sparse);
        TensorStatistics statistics = TensorMeasurement.Measure(gradient);
        Assert.Equal(400, statistics.Count);
        Assert.Equal(392, statistics.ZeroCount);
        Assert.Equal(4, statistics.Max);
        Assert.Equal(Math.Sqrt(4 * 16 + 4 * 4), statistics.L2, 1e-12);
    }

    private static TensorStatistics Reduce(Tensor tensor, long partLength)
    {
        using var batch = new DeviceBatch(partLength);
        batch.Add(tensor);
        return batch.Complete()[0];
    }

    private static Tensor Make(string kind)
    {
        manual_seed(11);
        return kind switch
        {
            "float32" => randn(33, 77),
            "float64" => randn(33, 77, float64),
            "float16" => randn(33, 77).to_type(float16),
            "bfloat16" => randn(33, 77).to_type(bfloat16),
            "complex64" => randn(33, 7, complex64),
            "complex128" => randn(33, 7, complex128),
            "int64" => randint(-5, 5, [50, 3], int64),
            "bool" => randn(100).gt(0),
            "transposed" => randn(33, 77).t(),
            "strided" => randn(40, 40)[TensorIndex.Slice(step: 3), TensorIndex.Slice(1, 30, 2)],
            "expanded scalar" => tensor(0.25f).expand(13, 17),
            "expanded rows" => randn(1, 19).expand(11, 19),
            "view with an offset" => randn(1000).narrow(0, 333, 100),
            "channels last" => randn(2, 3, 4, 5).permute(0, 2, 3, 1),
            "empty" => empty(0),
            "empty matrix" => empty(3, 0),
            "one element" => tensor([2.5f]),
            "scalar" => tensor(-2.5f),
            "sparse" => sparse_coo_tensor(tensor(new long[,] { { 0, 3, 4 }, { 1, 0, 2 } }), tensor([1f, -2f, 3f]), [5, 4]),
            "sparse with repeated indices" => sparse_coo_tensor(tensor(new long[,] { { 4, 4, 0, 4 } }), tensor([1f, 2f, 5f, -3.5f]), [9]),
            "sparse without values" => sparse_coo_tensor(zeros([2, 0], int64), zeros(0), [5, 4]),
            "with NaN and infinities" => randn(500).masked_fill(rand(500).lt(0.1), float.NaN).masked_fill(rand(500).lt(0.1), float.NegativeInfinity),
            "half with NaN" => randn(500).masked_fill(rand(500).lt(0.1), float.NaN).to_type(float16),
            "complex with NaN" => torch.complex(randn(50).masked_fill(rand(50).lt(0.2), float.NaN), randn(50)),
            "huge" => randn(3000) * 1e37f,
            "tiny" => randn(3000) * 1e-36f,
            "conjugate view" => randn(40, complex64).conj().imag,
            "all NaN" => full(20, float.NaN),
            "all zero" => zeros(2000),
            "requires gradient" => randn(64).requires_grad_(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private static double[] Elements(Tensor tensor)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor dense = tensor.is_sparse ? tensor.to_dense() : tensor;

        // In the type of the tensor, as the record says: the absolute value of a complex64 is a float32.
        Tensor real = dense.is_complex() ? dense.abs() : dense;
        return real.to_type(float64).reshape(-1).data<double>().ToArray();
    }
}
