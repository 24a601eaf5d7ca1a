using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>What holds after two ways that the program may have taken: what both agree on.</content>
internal sealed partial class Interpreter
{
    private const string Differs = "it depends on a condition that is not known here";

    private State? Merge(State? a, State? b, SyntaxNode at)
    {
        if (a is null || b is null || ReferenceEquals(a, b))
        {
            return a ?? b;
        }

        // New nodes for tensors that differ are put in place in the state that is being built.
        var before = _state;
        _state = a;
        if (!ReferenceEquals(a.Heap, b.Heap))
        {
            foreach (var pair in b.Heap)
            {
                _spent++;
                if (!a.Heap.TryGetValue(pair.Key, out var mine))
                {
                    Write(pair.Key, pair.Value);
                }
                else if (!ReferenceEquals(mine, pair.Value))
                {
                    Write(pair.Key, Merge(mine, pair.Value, b, at));
                }
            }
        }

        if (!ReferenceEquals(a.Variables, b.Variables))
        {
            foreach (var pair in b.Variables)
            {
                _spent++;
                if (!a.Variables.TryGetValue(pair.Key, out var mine))
                {
                    _state = _state.With(pair.Key, pair.Value);
                }
                else if (!ReferenceEquals(mine, pair.Value))
                {
                    _state = _state.With(pair.Key, Merge(mine, pair.Value, b, at));
                }
            }
        }

        var merged = _state;
        _state = before;
        return merged;
    }

    // _state is the one that is being built, and holds the objects of a; b is the other.
    private Value Merge(Value a, Value b, State other, SyntaxNode at)
    {
        if (a.Equals(b))
        {
            return a;
        }

        if (TensorIn(_state, a) is { } left && TensorIn(other, b) is { } right)
        {
            return left == right ? a : NewTensor(AddNode(new UnknownOperation(Differs), at, null, null, left, right));
        }

        if (a is TupleValue x && b is TupleValue y && x.Items.Length == y.Items.Length)
        {
            return new TupleValue(x.Items.Select((item, i) => Merge(item, y.Items[i], other, at)).ToImmutableArray());
        }

        return Value.Unknown(Differs);
    }

    private static int? TensorIn(State? state, Value value) =>
        value is ReferenceValue reference && state is not null
        && state.Heap.TryGetValue(reference.Id, out var content) && content is TensorObject tensor
            ? tensor.Node
            : null;

    private HeapObject Merge(HeapObject a, HeapObject b, State other, SyntaxNode at)
    {
        if (a.Equals(b))
        {
            return a;
        }

        switch (a, b)
        {
            case (TensorObject x, TensorObject y):
                return new TensorObject(AddNode(new UnknownOperation(Differs), at, null, null, x.Node, y.Node));
            case (LayerObject x, LayerObject y):
                return x with
                {
                    Weight = x.Weight.Equals(y.Weight) ? x.Weight : WeightInitializer.Unknown(Differs),
                    Bias = Equals(x.Bias, y.Bias) ? x.Bias : BiasInitializer.Unknown,
                    WeightCall = ReferenceEquals(x.WeightCall, y.WeightCall) ? x.WeightCall : null,
                };
            case (ContainerObject x, ContainerObject y):
                return x with { Children = Merge(x.Children, y.Children, other, at) };
            case (ListObject x, ListObject y) when x.Items.Count == y.Items.Count:
                return new ListObject(x.Items.Zip(y.Items, (left, right) => Merge(left, right, other, at)).ToImmutableList());
            case (MapObject x, MapObject y) when x.Entries.Count == y.Entries.Count && x.Entries.Zip(y.Entries, (left, right) => left.Key.Equals(right.Key)).All(same => same):
                return new MapObject(x.Entries.Zip(y.Entries, (left, right) => left with { Item = Merge(left.Item, right.Item, other, at) }).ToImmutableList());
            case (ClassObject x, ClassObject y):
                var fields = x.Fields;
                foreach (var pair in y.Fields)
                {
                    fields = fields.SetItem(
                        pair.Key, fields.TryGetValue(pair.Key, out var mine) ? Merge(mine, pair.Value, other, at) : Value.Unknown(Differs));
                }

                foreach (var field in x.Fields.Keys)
                {
                    if (!y.Fields.ContainsKey(field))
                    {
                        fields = fields.SetItem(field, Value.Unknown(Differs));
                    }
                }

                return x with
                {
                    Fields = fields,
                    Children = Merge(x.Children, y.Children, other, at),
                    IsRegistered = x.IsRegistered && y.IsRegistered,
                };
            default:
                return new OpaqueObject(Differs);
        }
    }

    private ImmutableList<ChildModule> Merge(ImmutableList<ChildModule> a, ImmutableList<ChildModule> b, State other, SyntaxNode at)
    {
        if (ReferenceEquals(a, b))
        {
            return a;
        }

        return a.Count == b.Count
            ? a.Zip(b, (x, y) => new ChildModule(x.Name, x.Name == y.Name ? Merge(x.Module, y.Module, other, at) : Value.Unknown(Differs))).ToImmutableList()
            : ImmutableList.Create(new ChildModule("?", Value.Unknown(Differs)));
    }

    // True if nothing that was there before a pass of a loop is different after it, so that more passes change nothing.
    private bool IsStable(State? before, State? after)
    {
        if (before is null || after is null || ReferenceEquals(before, after))
        {
            return true;
        }

        bool IsUnknown(TensorObject tensor) => _graph[tensor.Node] is UnknownOperation;
        return before.Heap.All(pair =>
                !after.Heap.TryGetValue(pair.Key, out var now) || ReferenceEquals(pair.Value, now) || pair.Value.Equals(now)
                || (pair.Value is TensorObject old && now is TensorObject && IsUnknown(old)))
            && before.Variables.All(pair =>
                !after.Variables.TryGetValue(pair.Key, out var now) || pair.Value.Equals(now)
                || (pair.Value is ReferenceValue reference && before.Heap.TryGetValue(reference.Id, out var content)
                    && content is TensorObject tensor && IsUnknown(tensor) && TensorIn(after, now) is not null));
    }
}
