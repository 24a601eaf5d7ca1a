using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// What is kept of one layer between its forward pass and the record: the outputs of its first and its last call.
/// </summary>
internal sealed class LayerTap : IDisposable
{
    private readonly bool _ownsOutput;
    private CapturedOutput? _first;
    private CapturedOutput? _last;
    private TensorStatistics? _outputAtForward;
    private TensorStatistics? _output;
    private InPlaceChange _inPlace;

    public LayerTap(string path, nn.Module module)
    {
        Path = path;
        Kind = ModuleTree.KindOf(module);

        // The layers of TorchSharp keep no reference to what they return; a layer of the user's own may.
        UnitDimension = ActivationTap.UnitDimensionOf(module);
        IsCell = module is RNNCell or GRUCell or LSTMCell;
        _ownsOutput = module.GetType().Assembly == typeof(torch).Assembly;
    }

    private enum InPlaceChange
    {
        Unknown,
        None,
        Found,
    }

    /// <summary>Module path.</summary>
    public string Path { get; }

    /// <summary>Type of the layer.</summary>
    public string Kind { get; }

    /// <summary>The dimension of the output in which its units lie; null if that is not known.</summary>
    public int? UnitDimension { get; }

    /// <summary>Number of its units, as its first output had them; null before.</summary>
    public long? Units { get; private set; }

    /// <summary>Whether it is called once for each time step.</summary>
    public bool IsCell { get; }

    /// <summary>How often the layer was called since the last release.</summary>
    public int Calls { get; private set; }

    /// <summary>Place of the layer in the order of first calls since the last release.</summary>
    public int Order { get; private set; }

    /// <summary>Whether the hook ever ran.</summary>
    public bool WasEverCalled { get; private set; }

    /// <summary>Notes that the hook ran, in a pass that is not recorded.</summary>
    public void Notice() => WasEverCalled = true;

    /// <summary>Keeps the output of a call, if it takes part in the backward pass.</summary>
    /// <param name="result">What the layer returned.</param>
    /// <param name="order">Place in the order of first calls.</param>
    /// <param name="wantsOutput">Whether the output itself is measured.</param>
    /// <returns>A copy to be returned in its place, where something behind the layer works in place; else null.</returns>
    public Tensor? Capture(object? result, int order, bool wantsOutput)
    {
        WasEverCalled = true;
        if (CapturedOutput.TryTake(result) is not { } captured)
        {
            return null;
        }

        Calls++;
        if (_first is null)
        {
            _first = captured;
            Order = order;
            Units = UnitDimension is { } unit && captured.Output.dim() >= 2
                ? captured.Output.shape[unit < 0 ? (int)captured.Output.dim() + unit : unit]
                : null;
            if (wantsOutput || _inPlace == InPlaceChange.Unknown)
            {
                _outputAtForward = TensorMeasurement.Measure(captured.Output);
                _output = wantsOutput ? _outputAtForward : null;
            }
        }
        else
        {
            _last?.Dispose();
            _last = captured;
        }

        return _inPlace == InPlaceChange.Found && result is Tensor output ? CopyOf(output) : null;
    }

    /// <summary>
    /// Measures the error signal. Should the first call have taken no part in the backward pass (an evaluation without
    /// <c>no_grad</c> before the training pass), the last one is taken.
    /// </summary>
    /// <param name="queue">Where it is measured.</param>
    public PendingLayer Read(MeasurementQueue queue)
    {
        if (_inPlace == InPlaceChange.Unknown && _first is not null && _outputAtForward is { } atForward)
        {
            _inPlace = TensorMeasurement.Measure(_first.Output) == atForward ? InPlaceChange.None : InPlaceChange.Found;
            if (_inPlace == InPlaceChange.Found)
            {
                // The retained gradient is that behind the in-place operation; from the next pass on it works on a copy.
                return new PendingLayer(Path, null, Calls, _output, null);
            }
        }

        using Tensor? gradient = _first?.Gradient() ?? _last?.Gradient();
        using Tensor? atLast = IsCell ? _last?.Gradient() : null;
        return new PendingLayer(
            Path,
            gradient is null ? null : queue.Add(gradient),
            Calls,
            _output,
            atLast is null ? null : queue.Add(atLast));
    }

    /// <summary>
    /// How much the output of the only call differs from sample to sample, as a share of its root mean square; null if there is
    /// one sample, or it is not known which dimension holds them.
    /// </summary>
    public double? Spread()
    {
        if (Calls != 1 || _first?.Output is not { } output || UnitDimension is not { } unit || output.dim() < 2 || !output.is_floating_point())
        {
            return null;
        }

        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] others = ActivationTap.OtherDimensions(output, unit);
        if (others.Aggregate(1L, (product, dimension) => product * output.shape[dimension]) < 2)
        {
            return null;
        }

        Tensor values = output.detach().to_type(ScalarType.Float32);
        Tensor mean = values.mean(others, keepdim: true);
        using Tensor both = stack([(values - mean).square().mean(), values.square().mean()]).cpu();
        double spread = Math.Sqrt(both[0].ToDouble() / both[1].ToDouble());
        return double.IsFinite(spread) ? spread : null;
    }

    /// <summary>Gives all handles back.</summary>
    public void Release()
    {
        _first?.Dispose();
        _last?.Dispose();
        _first = null;
        _last = null;
        _outputAtForward = null;
        _output = null;
        Calls = 0;
        Order = 0;
    }

    /// <inheritdoc cref="Release"/>
    public void Dispose() => Release();

    /// <summary>
    /// A copy with the same elements, for what comes next to change in place: libtorch moves a retained gradient along to the
    /// changed version, so that the one before it can be seen only on a tensor that stays as it is.
    /// </summary>
    private Tensor CopyOf(Tensor output)
    {
        Tensor copy = output.clone();
        if (_ownsOutput)
        {
            output.Dispose();
        }

        return copy;
    }
}

/// <summary>A layer whose measurement is under way.</summary>
/// <param name="Path">Module path.</param>
/// <param name="Slot">Where the statistics of its error signal will be; null if it was not seen.</param>
/// <param name="Calls">How often it was called.</param>
/// <param name="Output">Statistics of its output; null if they were not taken.</param>
/// <param name="LastSlot">Where those of the error signal at its last call will be; null if they are not taken.</param>
internal readonly record struct PendingLayer(string Path, int? Slot, int Calls, TensorStatistics? Output, int? LastSlot)
{
    /// <summary>The record, from what was measured.</summary>
    public LayerRecord ToRecord(IReadOnlyList<TensorStatistics> measured) =>
        new(Path, Slot is { } slot ? measured[slot] : null, Calls, Output, LastSlot is { } last ? measured[last] : null);
}
