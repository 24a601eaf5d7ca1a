using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>Operations that join several tensors or take one apart.</content>
internal sealed partial class Interpreter
{
    private readonly List<TensorShape> _shapes = [];

    // Null if it is none of these operations.
    private Value? Joined(IInvocationOperation call, string name, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        if (name is not ("cat" or "concat" or "concatenate" or "hstack" or "stack") || arguments.Count == 0
            || Items(arguments[0].Value) is not { Count: > 0 } items || items.Any(item => Read(item) is not TensorObject))
        {
            return null;
        }

        var at = call.Syntax;
        var values = items.ToArray();
        if (values.Length == 1 && name != "stack")
        {
            return values[0];
        }

        var nodes = values.Select(item => NodeOf(item, at)).ToArray();
        var shapes = nodes.Select(node => _shapes[node]).ToArray();
        var dimension = name == "hstack" ? 1 : Constants(arguments).Number("dim");
        var isFeatures = shapes.Select(shape => shape.IsFeatures((long)(dimension ?? 0))).ToArray();
        if (dimension is 0 or 1 or -2 && AsSequence(name, nodes, shapes, isFeatures) is var (parts, areVectors))
        {
            return NewTensor(AddNode(new SequenceOperation(name, new EquatableList<bool>(areVectors)), at, null, null, parts));
        }

        if (name == "stack" || dimension is null || isFeatures.Contains(false) || (!isFeatures.Contains(true) && dimension is not (1 or -1)))
        {
            return UnknownTensor($"'{Shorten(at)}' does not join features", at, values);
        }

        return NewTensor(AddNode(
            new ConcatenationOperation(new EquatableList<long?>(shapes.Select(shape => shape.Width).ToArray())), at, null, null, nodes));
    }

    // stack of vectors, and cat of sequences: the parts, and which of them are vectors. Null if it is neither.
    private (int[] Parts, bool[] AreVectors)? AsSequence(string name, int[] nodes, TensorShape[] shapes, bool?[] isFeatures)
    {
        if (shapes.Any(shape => shape.Width is null || shape.Width != shapes[0].Width))
        {
            return null;
        }

        if (name == "stack")
        {
            return shapes.All(shape => shape.Axis == FeatureAxis.Rows) && !nodes.Any(MayHavePositions) ? (nodes, nodes.Select(_ => true).ToArray()) : null;
        }

        if (name == "hstack" || !isFeatures.All(feature => feature is false) || shapes.Any(shape => shape.Axis != FeatureAxis.Sequence))
        {
            return null;
        }

        // cat of h.unsqueeze(1)
        var areVectors = nodes.Select(node => _graph[node] is ShapeOperation { Name: "unsqueeze" } && _shapes[_graph.InputsOf(node)[0]].Axis == FeatureAxis.Rows).ToArray();
        return (nodes.Select((node, i) => areVectors[i] ? _graph.InputsOf(node)[0] : node).ToArray(), areVectors);
    }

    // chunk, split, narrow and the like; null if it is none of these, or not along the features.
    private Value? Parts(IInvocationOperation call, string name, Value subject, LayerArguments arguments)
    {
        if (name is not ("chunk" or "split" or "tensor_split" or "narrow") || Read(subject) is not TensorObject)
        {
            return null;
        }

        var node = NodeOf(subject, call.Syntax);
        var shape = _shapes[node];
        if (arguments.Number("dim") is not { } dimension || !(shape.IsFeatures((long)dimension) ?? dimension is 1 or -1))
        {
            return null;
        }

        Value Part(double start, double fraction) => NewTensor(AddNode(new FeatureSliceOperation(start, fraction), call.Syntax, null, null, node));
        if (name == "narrow")
        {
            return shape.Width is { } whole && arguments.Number("start") is >= 0 and var start && arguments.Count("length") is { } length && start + length <= whole
                ? Part(start / whole, (double)length / whole)
                : null;
        }

        if ((arguments.Numbers("sizes") ?? arguments.Numbers("split_size_or_sections")) is { } sizes && name == "split")
        {
            var total = sizes.Sum();
            return total > 0 && (shape.Width is null || shape.Width == total)
                ? New(new ListObject(sizes.Select((size, i) => Part(sizes.Take(i).Sum() / total, size / total)).ToImmutableList()))
                : null;
        }

        // The first argument of tensor_split is a number of parts, whatever its name.
        var parts = name == "chunk" ? arguments.Count("chunks")
            : name == "tensor_split" ? arguments.Count("indices_or_sections") ?? arguments.Count("size")
            : (arguments.Count("split_size") ?? arguments.Count("size")) is { } each && shape.Width is { } width && width % each == 0 ? width / each : null;
        return parts is > 0 and <= 64 and var count && (shape.Width is null || shape.Width % count == 0)
            ? New(new ListObject(Enumerable.Range(0, (int)count).Select(i => Part((double)i / count, 1.0 / count)).ToImmutableList()))
            : null;
    }
}
