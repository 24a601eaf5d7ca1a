using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <content>Layers over sequences, which take or give more than one tensor, and the positions of what they give.</content>
internal sealed partial class Interpreter
{
    // The states of all layers at the last step, by the node that stands for them: [-1] of them is that of the top layer.
    private readonly Dictionary<int, int> _finalStates = [];

    // Null for a layer that takes one tensor and gives one.
    private Value? ForwardSequence(Operation operation, string? path, int id, Value[] arguments, SyntaxNode at)
    {
        switch (operation)
        {
            case RecurrentOperation recurrent:
                return States(arguments.Skip(1)) is { Count: 0 }
                    ? Recurrent(recurrent, AddNode(recurrent, at, path, id, NodeOf(arguments[0], at)), at)
                    : null;
            case RecurrentCellOperation or GatedCellOperation { Cell: RecurrentKind.Gru }:
                return States(arguments.Skip(1)) is { Count: <= 1 } state
                    ? NewTensor(AddNode(operation, at, path, id, [NodeOf(arguments[0], at), .. state]))
                    : null;
            case GatedCellOperation:
                if (States(arguments.Skip(1)) is not { Count: 0 or 2 } states)
                {
                    return null;
                }

                var cell = AddNode(operation, at, path, id, [NodeOf(arguments[0], at), .. states]);
                return new TupleValue(ImmutableArray.Create<Value>(NewTensor(cell), NewTensor(AddNode(new CellStateOperation(), at, null, null, cell))));
            case AttentionOperation attention when arguments.Length >= 3:
                var parts = arguments.Take(3).Select(argument => NodeOf(argument, at)).ToArray();
                var isMasked = arguments.Length > 5 && !IsNone(arguments[5]);
                var output = AddNode(attention with { IsCausal = isMasked }, at, path, id, parts.Distinct().Count() == 1 ? [parts[0]] : parts);
                return new TupleValue(ImmutableArray.Create(NewTensor(output), UnknownTensor("the attention weights", at)));
            case TransformerOperation { IsDecoder: false } encoder:
                return NewTensor(AddNode(encoder with { IsCausal = arguments.Length > 1 && !IsNone(arguments[1]) }, at, path, id, NodeOf(arguments[0], at)));
            case TransformerOperation decoder when arguments.Length > 1:
                return NewTensor(AddNode(
                    decoder with { IsCausal = arguments.Length > 2 && !IsNone(arguments[2]) }, at, path, id, NodeOf(arguments[0], at), NodeOf(arguments[1], at)));
            case BilinearOperation when arguments.Length == 2:
                return NewTensor(AddNode(operation, at, path, id, NodeOf(arguments[0], at), NodeOf(arguments[1], at)));
            default:
                return null;
        }
    }

    private static bool IsNone(Value value) => value is ConstantValue { Content: null };

    // What a state consists of; none for a state that is null, zero, or given from outside of the model.
    private List<int>? States(IEnumerable<Value> arguments)
    {
        var states = new List<int>();
        foreach (var value in arguments.SelectMany(argument => argument is TupleValue tuple ? tuple.Items.AsEnumerable() : [argument]))
        {
            if (IsNone(value))
            {
                continue;
            }

            if (Read(value) is not TensorObject tensor)
            {
                return null;
            }

            if (_graph[tensor.Node] is not InputOperation)
            {
                states.Add(tensor.Node);
            }
        }

        return states;
    }

    private Value Recurrent(RecurrentOperation recurrent, int node, SyntaxNode at)
    {
        var sequence = NewTensor(node);
        var isSingle = recurrent is { Layers: 1, IsBidirectional: false };
        var state = isSingle ? NewTensor(AddNode(new SelectOperation(-1), at, null, null, node)) : UnknownTensor("the states of all layers", at, sequence);
        if (!isSingle && !recurrent.IsBidirectional && Read(state) is TensorObject all)
        {
            _finalStates[all.Node] = node;
        }

        return recurrent.Cell != RecurrentKind.Lstm
            ? new TupleValue(ImmutableArray.Create<Value>(sequence, state))
            : new TupleValue(ImmutableArray.Create<Value>(
                sequence,
                state,
                isSingle ? NewTensor(AddNode(new CellStateOperation(), at, null, null, node)) : UnknownTensor("the cell states of all layers", at, sequence)));
    }

    // Each of the stacks of a whole Transformer ends in a normalisation of its own.
    private Value ForwardTransformer(
        (TransformerOperation Encoder, TransformerOperation Decoder) whole, string? path, int id, Value[] arguments, SyntaxNode at)
    {
        bool IsMasked(int place) => arguments.Length > place && !IsNone(arguments[place]);
        int Normalized(int node) => AddNode(new NormalizationOperation(NormalizationKind.Layer, "LayerNorm"), at, null, null, node);
        var memory = Normalized(AddNode(
            whole.Encoder with { IsCausal = IsMasked(2) }, at, path is null ? null : path + ".encoder", id, NodeOf(arguments[0], at)));
        return NewTensor(Normalized(AddNode(whole.Decoder with { IsCausal = IsMasked(3) }, at, path, id, NodeOf(arguments[1], at), memory)));
    }

    // TransformerEncoder(layer, n): the layer that it copies, and how often.
    private static Operation? StackOf(LayerObject stack) =>
        stack.Arguments.Count("num_layers") is { } layers
        && LayerOperations.ByName.TryGetValue(stack.Entry.Name + "Layer", out var entry)
        && entry.Create(stack.Arguments, stack.Weight, stack.Bias) is TransformerOperation layer
            ? AttentionOperations.Stack(layer, layers)
            : null;

    private static bool IsStack(LayerEntry entry) => entry.Name is "TransformerEncoder" or "TransformerDecoder";

    // x[...] of a tensor, in the few forms of which it is certain what they take.
    private Value ElementOfTensor(TensorObject tensor, Value[] indices, ImmutableArray<IArgumentOperation> arguments, SyntaxNode at)
    {
        if (indices.Length == 1 && Read(indices[0]) is ListObject list)
        {
            indices = [.. list.Items];
        }

        var numbers = indices.Select((index, i) => (Index: (index as ConstantValue)?.Content as long?, Place: i)).Where(item => item.Index is not null).ToArray();
        if (_finalStates.TryGetValue(tensor.Node, out var sequence) && numbers is [{ Index: -1, Place: 0 }])
        {
            return NewTensor(AddNode(new SelectOperation(-1), at, null, null, sequence));
        }

        if (_graph[tensor.Node] is not UnknownOperation && IsConstant(tensor.Node))
        {
            // A part of a table is as the table.
            return NewTensor(AddNode(new ShapeOperation("slice"), at, null, null, tensor.Node));
        }

        return Picked(arguments, indices) switch
        {
            (_, null) => NewTensor(tensor.Node),
            (var dimension, { } position) => Position(tensor.Node, dimension, position, at),
            _ => null,
        } ?? UnknownTensor($"'{Shorten(at)}' takes a part of a tensor", at, NewTensor(tensor.Node));
    }

    // x[..., Slice(0, null, 2)] = value: every second element of a table that was zero; anything else makes it unknown.
    private HeapObject Assigned(TensorObject tensor, Value value, ImmutableArray<IArgumentOperation> arguments, SyntaxNode at)
    {
        var isEverySecond = arguments.Any(argument => argument.Value.DescendantsAndSelf().OfType<IInvocationOperation>().Any(call =>
            call.TargetMethod.Name == "Slice" && call.Arguments.Any(part => part.Parameter?.Name == "step" && part.Value.DescendantsAndSelf().Any(inner =>
                inner.ConstantValue is { HasValue: true, Value: 2 or 2L }))));
        if (isEverySecond && _graph[tensor.Node] is InputOperation old && IsConstant(tensor.Node)
            && Read(value) is TensorObject { Node: var source } && _graph[source] is InputOperation added && IsConstant(source))
        {
            return new TensorObject(AddNode(
                new InputOperation(old.SecondMoment + (added.SecondMoment / 2), old.Mean + (added.Mean / 2)), at));
        }

        return new TensorObject(AddNode(new UnknownOperation($"a part of '{Shorten(at)}' is assigned"), at, null, null, tensor.Node));
    }

    // True if nothing that the model is given or learns goes into a node: a table of numbers.
    private bool IsConstant(int node)
    {
        var pending = new Stack<int>();
        pending.Push(node);
        for (var steps = 0; pending.Count > 0; steps++)
        {
            var next = pending.Pop();
            if (steps > 50 || _graph[next].IsWeightLayer || _isModelInput[next])
            {
                return false;
            }

            foreach (var input in _graph.InputsOf(next))
            {
                pending.Push(input);
            }
        }

        return true;
    }

    // torch.zeros(...) and the like; null for anything else.
    private Value? NewTable(IMethodSymbol method, SyntaxNode at)
    {
        if (!method.IsStatic || !SymbolEqualityComparer.Default.Equals(method.ContainingType, _symbols.Torch))
        {
            return null;
        }

        InputOperation? table = method.Name switch
        {
            "zeros" or "zeros_like" => new InputOperation(0, 0),
            "ones" or "ones_like" => new InputOperation(1, 1),
            "randn" or "randn_like" => new InputOperation(),
            "rand" or "rand_like" => new InputOperation(1.0 / 3, 0.5),
            _ => null,
        };
        return table is null ? null : NewTensor(AddNode(table, at));
    }
}
