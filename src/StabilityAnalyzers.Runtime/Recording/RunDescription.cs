using System.Runtime.InteropServices;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>Says what a run is about: the model, its layers with what is predicted of them, and where it runs.</summary>
internal static class RunDescription
{
    /// <summary>The description of a run.</summary>
    /// <param name="runId">Identifier of the run.</param>
    /// <param name="started">When the recorder was attached.</param>
    /// <param name="model">The model.</param>
    /// <param name="layers">The watched layers, in forward order.</param>
    /// <param name="prediction">What is predicted; null if nothing is.</param>
    /// <param name="properties">What the user adds; it wins over what is found here.</param>
    public static RunInfo Of(
        string runId,
        DateTimeOffset started,
        nn.Module model,
        IEnumerable<LayerTap> layers,
        GradientFlow.Prediction? prediction,
        IReadOnlyDictionary<string, string>? properties)
    {
        // A module that is called again and again is predicted at its first call, as it is measured.
        var predicted = new Dictionary<string, LayerPrediction>(StringComparer.Ordinal);
        foreach (LayerPrediction layer in prediction?.Layers ?? [])
        {
            predicted.TryAdd(prediction!.Graph.Nodes[layer.NodeId].Path ?? "", layer);
        }

        LayerInfo[] infos = layers
            .Select(layer => predicted.TryGetValue(layer.Path, out LayerPrediction? known)
                ? new LayerInfo(layer.Path, layer.Kind, known.GradientRatio, known.DepthFactor)
                : new LayerInfo(layer.Path, layer.Kind))
            .ToArray();
        return new RunInfo(runId, LiveModelGraph.NameOf(model), started, infos, Properties(model, properties));
    }

    private static Dictionary<string, string> Properties(nn.Module model, IReadOnlyDictionary<string, string>? added)
    {
        Parameter? first = model.parameters().FirstOrDefault();
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["torchsharp"] = typeof(torch).Assembly.GetName().Version?.ToString() ?? "",
            ["framework"] = RuntimeInformation.FrameworkDescription,
            ["os"] = RuntimeInformation.OSDescription,
        };
        if (first is not null)
        {
            properties["device"] = first.device.ToString();
            properties["dtype"] = first.dtype.ToString();
        }

        foreach ((string name, string value) in added ?? new Dictionary<string, string>())
        {
            properties[name] = value;
        }

        return properties;
    }
}
