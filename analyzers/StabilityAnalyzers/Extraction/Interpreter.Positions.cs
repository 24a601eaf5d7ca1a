using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>Positions of sequences: which of them an index takes, and where a dimension goes.</content>
internal sealed partial class Interpreter
{
    // Nodes that take a position, if their dimension is one of positions: what they are if nothing behind them says so.
    private readonly Dictionary<int, Operation> _tentative = [];

    // x[.., -1], x[TensorIndex.Ellipsis, 0]: the one dimension that is given by a number, from the end if it is negative, and the number.
    // The number is null where all of the tensor is taken; null for anything else.
    private (long Dimension, long? Position)? Picked(ImmutableArray<IArgumentOperation> arguments, Value[] values)
    {
        var parts = new List<IOperation>();
        foreach (var argument in arguments)
        {
            if (argument.Value is IArrayCreationOperation { Initializer: { } list })
            {
                parts.AddRange(list.ElementValues);
            }
            else
            {
                parts.Add(argument.Value);
            }
        }

        if (parts.Count != values.Length)
        {
            return null;
        }

        (long, long?)? picked = null;
        var isFromEnd = false;
        for (var i = 0; i < parts.Count; i++)
        {
            var (isAll, number, isEllipsis) = PartOf(parts[i], values[i]);
            if (isEllipsis && !isFromEnd)
            {
                isFromEnd = true;
            }
            else if (number is not null && picked is null)
            {
                picked = (isFromEnd ? i - parts.Count : i, number);
            }
            else if (!isAll)
            {
                return null;
            }
        }

        return picked ?? (0, null);
    }

    private (bool IsAll, long? Number, bool IsEllipsis) PartOf(IOperation part, Value value)
    {
        while (part is IConversionOperation conversion)
        {
            part = conversion.Operand;
        }

        if (value is ConstantValue { Content: long number })
        {
            return (false, number, false);
        }

        switch (part)
        {
            case IMemberReferenceOperation { Member: { ContainingType.Name: "TensorIndex", Name: var name } }:
                return (name == "Colon", null, name == "Ellipsis");
            case IRangeOperation { LeftOperand: null, RightOperand: null }:
                return (true, null, false);
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat, Operand.ConstantValue: { HasValue: true, Value: int fromEnd } }:
                return (false, -fromEnd, false);
            case IInvocationOperation { TargetMethod: { Name: "Slice", ContainingType.Name: "TensorIndex" } } slice:
                return (slice.Arguments.All(argument => argument.Value.ConstantValue is { HasValue: true, Value: null } || argument.ArgumentKind == ArgumentKind.DefaultValue), null, false);
            default:
                return default;
        }
    }

    // One position of a sequence; null if the dimension is none of positions, or there are others beside it.
    private Value? Position(int node, long dimension, long position, SyntaxNode at)
    {
        var shape = _shapes[node];
        switch (shape.Axis)
        {
            case FeatureAxis.Sequence:
                return dimension is 0 or 1 or -2 or -3 ? NewTensor(AddNode(new SelectOperation(position), at, null, null, node)) : null;
            case FeatureAxis.Channels:
                return dimension is 2 or -1 && SpatialDimensions(node) == 1 ? NewTensor(AddNode(new SelectOperation(position), at, null, null, node)) : null;
            default:
                return dimension is 0 or 1 or -2 && MayHavePositions(node)
                    ? Tentative(new SelectOperation(position), new UnknownOperation($"'{Shorten(at)}' takes a part of a tensor"), node, at)
                    : null;
        }
    }

    private Value Tentative(Operation operation, Operation otherwise, int node, SyntaxNode at)
    {
        var result = AddNode(operation, at, null, null, node);
        if (!IsExhausted)
        {
            _tentative[result] = otherwise;
        }

        return NewTensor(result);
    }

    private int SpatialDimensions(int node)
    {
        for (var steps = 0; steps < 100; steps++)
        {
            switch (_graph[node])
            {
                case ConvolutionOperation convolution:
                    return convolution.Dimensions;
                case var _ when _graph.InputsOf(node) is [var input, ..]:
                    node = input;
                    break;
                default:
                    return 0;
            }
        }

        return 0;
    }

    // Linear layers leave open whether there are positions. What cells give has none.
    private bool MayHavePositions(int node)
    {
        for (var steps = 0; steps < 100; steps++)
        {
            switch (_graph[node])
            {
                case InputOperation:
                    return _isModelInput[node];
                case LinearOperation or ActivationOperation or DropoutOperation or NormalizationOperation or ScaleOperation or OffsetOperation or AddOperation or MultiplyOperation
                    when _graph.InputsOf(node) is [var input, ..]:
                    node = input;
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    // Where the features are after dimensions were moved.
    private TensorShape Moved(string name, LayerArguments arguments, TensorShape shape, int node)
    {
        if (name is "flip" or "fliplr" or "flipud" or "roll")
        {
            return shape;
        }

        if (name is "unsqueeze")
        {
            return shape.Axis == FeatureAxis.Rows && arguments.Number("dim") is 0 or 1 ? shape with { Axis = FeatureAxis.Sequence } : default;
        }

        var isSequence = shape.Axis == FeatureAxis.Sequence;
        if (!isSequence && !(shape.Axis == FeatureAxis.Channels && SpatialDimensions(node) == 1))
        {
            return default;
        }

        // The old dimension at each new one.
        long[]? order = name switch
        {
            "transpose" or "swapaxes" or "swapdims" or "movedim" or "moveaxis" => Swapped(
                arguments.Number("dim0") ?? arguments.Number("source") ?? arguments.Number("axis0"), arguments.Number("dim1") ?? arguments.Number("destination") ?? arguments.Number("axis1")),
            "permute" => arguments.Numbers("permutation")?.Select(dimension => (long)dimension).ToArray(),
            _ => null,
        };
        return order is not { Length: 3 } ? default
            : (order[2] < 0 ? order[2] + 3 : order[2]) == (isSequence ? 2 : 1) ? shape with { Axis = FeatureAxis.Sequence }
            : (order[1] < 0 ? order[1] + 3 : order[1]) == (isSequence ? 2 : 1) ? shape with { Axis = FeatureAxis.Channels }
            : default;
    }

    private static long[]? Swapped(double? first, double? second)
    {
        if (first is not { } a || second is not { } b)
        {
            return null;
        }

        long[] order = [0, 1, 2];
        long from = a < 0 ? (long)a + 3 : (long)a, to = b < 0 ? (long)b + 3 : (long)b;
        if (from is < 0 or > 2 || to is < 0 or > 2)
        {
            return null;
        }

        (order[from], order[to]) = (order[to], order[from]);
        return order;
    }

    // x.select(1, t) of a tensor of which it is not known whether it has positions: it had, if what is left has the width that the
    // next layer asks for.
    private ModelGraph Decided(ModelGraph graph)
    {
        if (_tentative.Count == 0)
        {
            return graph;
        }

        var consumers = new List<int>[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
            {
                (consumers[input] ??= []).Add(node.Id);
            }
        }

        var open = _tentative.Where(pair => pair.Key < graph.Nodes.Count && !IsAskedFor(graph, consumers, pair.Key, _shapes[pair.Key].Width));
        return graph.Replace(open.ToDictionary(pair => pair.Key, pair => pair.Value));
    }

    private static bool IsAskedFor(ModelGraph graph, List<int>?[] consumers, int node, long? width)
    {
        var seen = new HashSet<int> { node };
        var pending = new Stack<int>(seen);
        while (pending.Count > 0)
        {
            var from = pending.Pop();
            foreach (var consumer in consumers[from] ?? [])
            {
                var isFirst = graph.Nodes[consumer].Inputs[0] == from;
                long? asked = graph.Nodes[consumer].Operation switch
                {
                    LinearOperation linear => linear.InFeatures,
                    RecurrentCellOperation cell => isFirst ? cell.InputSize : cell.HiddenSize,
                    GatedCellOperation cell => isFirst ? cell.InputSize : cell.HiddenSize,
                    _ => null,
                };
                if (asked > 1 && (width ?? asked) == asked)
                {
                    return true;
                }

                if (asked is null && graph.Nodes[consumer].Operation is ActivationOperation or DropoutOperation or NormalizationOperation or ScaleOperation or OffsetOperation
                    or AddOperation or MultiplyOperation or SequenceOperation && seen.Add(consumer))
                {
                    pending.Push(consumer);
                }
            }
        }

        return false;
    }
}
