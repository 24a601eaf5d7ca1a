using System.Globalization;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Cli.Flow;

/// <summary>Graphs for Graphviz: one box for each operation, what was not understood dashed.</summary>
internal static class FlowDot
{
    /// <summary>Writes the models.</summary>
    public static void Write(IReadOnlyList<FlowModel> models, TextWriter output)
    {
        foreach (var model in models)
        {
            var factors = model.Layers.ToDictionary(layer => layer.Prediction.NodeId, layer => layer.Prediction.DepthFactor);
            output.WriteLine($"digraph {Quote(model.Name)} {{");
            output.WriteLine("  node [shape=box];");
            foreach (var node in model.Graph.Nodes)
            {
                output.WriteLine($"  n{node.Id} [label={Quote(Label(node, factors))}{(node.Operation is UnknownOperation ? ", style=dashed" : "")}];");
                foreach (var input in node.Inputs)
                {
                    output.WriteLine($"  n{input} -> n{node.Id};");
                }
            }

            output.WriteLine("}");
        }
    }

    private static string Label(GraphNode node, Dictionary<int, double?> factors)
    {
        var label = node.Operation is UnknownOperation unknown ? "unknown: " + unknown.Reason : node.Operation.Kind;
        if (!string.IsNullOrEmpty(node.Path))
        {
            label = node.Path + "\n" + label;
        }

        return factors.TryGetValue(node.Id, out var factor)
            ? label + "\ndepth factor " + (factor?.ToString("0.###E0", CultureInfo.InvariantCulture) ?? "unknown")
            : label;
    }

    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
