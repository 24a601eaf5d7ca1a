using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>Recurrent layers: the length of their sequences, and what is written into a part of their parameters.</content>
internal sealed partial class Interpreter
{
    // The sizes that a tensor was given by view or reshape, where they are constants.
    private readonly Dictionary<int, long?[]> _sizes = [];

    private void NoteSizes(int node, string name, List<(IParameterSymbol Parameter, Value Value)> arguments)
    {
        if (name is "view" or "reshape" && arguments.Count == 1 && Items(arguments[0].Value) is { Count: > 0 and <= 8 } items)
        {
            _sizes[node] = items.Select(item => item is ConstantValue { Content: long and > 0 and var size } ? size : (long?)null).ToArray();
        }
    }

    // Steps of the sequence that goes into a recurrent layer; what is in between must leave positions where they are.
    private long? LengthAt(int node, bool? isBatchFirst)
    {
        for (var steps = 0; steps < 20 && isBatchFirst is { } batchFirst; steps++)
        {
            if (_sizes.TryGetValue(node, out var sizes))
            {
                return sizes.Length == 3 ? sizes[batchFirst ? 1 : 0] : null;
            }

            if (_graph[node] is not (LinearOperation or ActivationOperation or DropoutOperation or ScaleOperation or NormalizationOperation { Axes: NormalizationKind.Layer })
                || _graph.InputsOf(node) is not { Count: 1 } inputs)
            {
                return null;
            }

            node = inputs[0];
        }

        return null;
    }

    // narrow(0, start, length) of a parameter of a recurrent layer, and what fills it; null for anything else.
    private Value? RowsOf(Value subject, string name, LayerArguments constants)
    {
        switch (subject, name)
        {
            case (ParameterValue { Name: not null } whole, "narrow") when constants.Number("dim") is 0
                && constants.Number("start") is { } start && constants.Count("length") is { } length:
                return new ParameterRows(whole, (long)start, length);
            case (ParameterRows rows, "fill_" or "zero_") when (name == "zero_" ? 0 : constants.Number("value")) is { } value && Filled(rows, value):
                return rows;
            default:
                return null;
        }
    }

    private bool Filled(ParameterRows rows, double value)
    {
        if (Read(new ReferenceValue(rows.Whole.Layer)) is LayerObject layer && RecurrentWrites.Forget(layer, rows, value) is { } filled)
        {
            Write(rows.Whole.Layer, filled);
            return true;
        }

        return false;
    }
}
