using System.Runtime.InteropServices;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Counts the units of an activation that are zero, or saturated, over the samples of several passes. A module that is used
/// behind several layers is counted for each of them.
/// </summary>
internal sealed class ActivationTap : IDisposable
{
    private const long SamplesOfARecord = 100;

    // A slope below 1 % of the greatest: s (1 - s) of 1/4, and 1 - t^2 of 1.
    private const double FlatSigmoid = 0.0025;
    private const double FlatTanh = 0.01;

    private readonly string _path;
    private readonly string _kind;
    private readonly Kind _what;
    private readonly List<Site> _sites = [];

    private ActivationTap(string path, nn.Module module, Kind what)
    {
        _path = path;
        _kind = ModuleTree.KindOf(module);
        _what = what;
    }

    private enum Kind
    {
        Zero,
        Sigmoid,
        Tanh,
    }

    /// <summary>A tap for an activation that can die or saturate; null for any other module.</summary>
    public static ActivationTap? TryCreate(string path, nn.Module module) => module switch
    {
        ReLU or ReLU6 => new ActivationTap(path, module, Kind.Zero),
        Sigmoid => new ActivationTap(path, module, Kind.Sigmoid),
        Tanh => new ActivationTap(path, module, Kind.Tanh),
        _ => null,
    };

    /// <summary>The dimension in which the units of a layer's output lie; null if that is not known of this kind.</summary>
    public static int? UnitDimensionOf(nn.Module layer) => layer switch
    {
        Linear or Bilinear or RNNCell or GRUCell or LSTMCell => -1,
        Conv1d or Conv2d or Conv3d or ConvTranspose1d or ConvTranspose2d or ConvTranspose3d => 1,
        _ => null,
    };

    /// <summary>All dimensions but one.</summary>
    public static long[] OtherDimensions(Tensor tensor, int unit)
    {
        long dimensions = tensor.dim();
        long left = unit < 0 ? dimensions + unit : unit;
        return [.. Enumerable.Range(0, (int)dimensions).Select(i => (long)i).Where(i => i != left)];
    }

    /// <summary>Counts what an activation returned, on its device.</summary>
    /// <param name="result">What it returned.</param>
    /// <param name="layer">The layer that was called before it.</param>
    public void Observe(object? result, LayerTap layer)
    {
        if (result is not Tensor output || !output.requires_grad || output.dim() < 2 || layer.UnitDimension is not { } unit
            || !output.is_floating_point())
        {
            return;
        }

        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor values = output.detach();
        Tensor marked = _what switch
        {
            Kind.Zero => values.ne(0),
            Kind.Sigmoid => (values * (1 - values)).lt(FlatSigmoid),
            _ => (1 - values.square()).lt(FlatTanh),
        };
        Tensor counts = marked.sum(OtherDimensions(values, unit), type: ScalarType.Int64);
        long units = counts.shape[0];
        if (units != layer.Units)
        {
            // Something in between has rearranged the units (a view, a flattened map).
            return;
        }

        Site site = SiteOf(layer.Path, units);
        site.Add(counts, values.shape[0], values.numel() / units);
    }

    /// <summary>Takes in what was counted in this pass, and returns what has enough samples.</summary>
    public IEnumerable<ActivationRecord> Read()
    {
        foreach (Site site in _sites)
        {
            site.Keep();
            if (site.Samples >= SamplesOfARecord)
            {
                yield return _what == Kind.Zero
                    ? new ActivationRecord(_path, _kind, site.Layer, site.Units, site.Samples, DeadUnits: site.Count(count => count == 0))
                    : new ActivationRecord(
                        _path, _kind, site.Layer, site.Units, site.Samples, SaturatedUnits: site.Count(count => 2 * count > site.Values));
                site.Clear();
            }
        }
    }

    /// <summary>Forgets what was counted in a pass that is not recorded.</summary>
    public void Release()
    {
        foreach (Site site in _sites)
        {
            site.Release();
        }
    }

    /// <inheritdoc cref="Release"/>
    public void Dispose() => Release();

    private Site SiteOf(string layer, long units)
    {
        Site? site = _sites.Find(site => site.Layer == layer && site.Units == units);
        if (site is null)
        {
            _sites.Add(site = new Site(layer, units));
        }

        return site;
    }

    /// <summary>One use of the activation, behind one layer.</summary>
    private sealed class Site(string layer, long units)
    {
        private readonly long[] _counts = new long[units];
        private Tensor? _pending;
        private long _pendingSamples;
        private long _pendingValues;

        public string Layer => layer;

        public long Units => units;

        public long Samples { get; private set; }

        public long Values { get; private set; }

        public long Count(Func<long, bool> condition) => _counts.LongCount(condition);

        public void Add(Tensor counts, long samples, long values)
        {
            Tensor? before = _pending;
            _pending = (before is null ? counts.alias() : before + counts).DetachFromDisposeScope();
            before?.Dispose();

            // Called for each time step, it sees the same samples again.
            _pendingSamples = Math.Max(_pendingSamples, samples);
            _pendingValues += values;
        }

        public void Keep()
        {
            if (_pending is null)
            {
                return;
            }

            using (Tensor host = _pending.cpu())
            using (Tensor contiguous = host.contiguous())
            {
                ReadOnlySpan<long> counted = MemoryMarshal.Cast<byte, long>(contiguous.bytes);
                for (int i = 0; i < _counts.Length; i++)
                {
                    _counts[i] += counted[i];
                }

                GC.KeepAlive(contiguous);
            }

            Samples += _pendingSamples;
            Values += _pendingValues;
            Release();
        }

        public void Clear()
        {
            Array.Clear(_counts);
            Samples = 0;
            Values = 0;
        }

        public void Release()
        {
            _pending?.Dispose();
            _pending = null;
            _pendingSamples = 0;
            _pendingValues = 0;
        }
    }
}
