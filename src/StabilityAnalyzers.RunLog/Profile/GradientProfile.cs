using System.Runtime.CompilerServices;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// The gradient along the depth of a model at one step: for each layer, in forward order, its measured ratio to the last
/// layer and the predicted one beside it.
/// </summary>
public sealed class GradientProfile
{
    // Several detectors and the summary ask for the profile of the same step; records do not change.
    private static readonly ConditionalWeakTable<StepRecord, Known> s_known = [];

    private GradientProfile(long step, IReadOnlyList<LayerGradient> layers, LayerGradient? reference)
    {
        Step = step;
        Layers = layers;
        Reference = reference;
    }

    /// <summary>Number of the step.</summary>
    public long Step { get; }

    /// <summary>The layers whose output was seen, in forward order.</summary>
    public IReadOnlyList<LayerGradient> Layers { get; }

    /// <summary>
    /// The layer to which all ratios relate: the last one whose error signal was seen; null if none was, and then every
    /// ratio is unknown.
    /// </summary>
    public LayerGradient? Reference { get; }

    /// <summary>The first layer in forward order with a known measured ratio; null if there is none.</summary>
    public LayerGradient? First => Layers.FirstOrDefault(layer => layer.MeasuredRatio is not null);

    /// <summary>The profile of a step.</summary>
    /// <param name="run">
    /// The run. If it names layers, only those count. Its predictions relate to the last of its layers; they are related
    /// here to the layer that was really measured last.
    /// </param>
    /// <param name="step">The step.</param>
    public static GradientProfile Of(RunInfo run, StepRecord step)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(step);
        if (s_known.TryGetValue(step, out var known) && ReferenceEquals(known.Run, run))
        {
            return known.Profile;
        }

        var profile = Compute(run, step);
        s_known.AddOrUpdate(step, new Known(run, profile));
        return profile;
    }

    private static GradientProfile Compute(RunInfo run, StepRecord step)
    {
        var known = new Dictionary<string, LayerInfo>(StringComparer.Ordinal);
        foreach (var layer in run.Layers)
        {
            known.TryAdd(layer.Path, layer);
        }

        var seen = step.Layers.Where(layer => known.Count == 0 || known.ContainsKey(layer.Path)).ToList();
        var last = seen.FindLastIndex(layer => layer.ErrorSignal is not null);
        if (last < 0)
        {
            return new GradientProfile(step.Step, seen.ConvertAll(layer => Unmeasured(layer, known)), reference: null);
        }

        var layers = seen.ConvertAll(layer => Measure(layer, seen[last], known));
        return new GradientProfile(step.Step, layers, layers[last]);
    }

    private static LayerGradient Measure(LayerRecord layer, LayerRecord reference, Dictionary<string, LayerInfo> known)
    {
        var info = known.GetValueOrDefault(layer.Path);
        var referenceInfo = known.GetValueOrDefault(reference.Path);
        var signal = Usable(layer.ErrorSignal);
        var referenceSignal = Usable(reference.ErrorSignal);
        return new LayerGradient(
            layer.Path,
            info?.Kind,
            layer.Calls,
            signal?.Rms,
            Ratio(signal?.Rms, referenceSignal?.Rms),
            Ratio(signal?.L2, referenceSignal?.L2),
            Ratio(info?.GradientRatio, referenceInfo?.GradientRatio),
            Ratio(info?.DepthFactor, referenceInfo?.DepthFactor));
    }

    private static LayerGradient Unmeasured(LayerRecord layer, Dictionary<string, LayerInfo> known)
    {
        var info = known.GetValueOrDefault(layer.Path);
        return new LayerGradient(layer.Path, info?.Kind, layer.Calls, null, null, null, info?.GradientRatio, info?.DepthFactor);
    }

    /// <summary>Statistics of which the rest is hidden by a NaN, or that are of nothing, say nothing about a ratio.</summary>
    private static TensorStatistics? Usable(TensorStatistics? statistics) =>
        statistics is { IsFinite: true, Count: > 0 } usable && double.IsFinite(usable.L2) ? usable : null;

    private static double? Ratio(double? value, double? reference) =>
        reference > 0 && value / reference is { } ratio && double.IsFinite(ratio) ? ratio : null;

    private sealed record Known(RunInfo Run, GradientProfile Profile);
}
