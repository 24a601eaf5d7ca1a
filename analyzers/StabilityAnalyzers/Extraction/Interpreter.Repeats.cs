using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <content>
/// Loops of unknown count in which every pass does the same: those of a constructor add the same layers each time, those of a
/// forward pass send one tensor through them. What a loop of another kind does stays unknown.
/// </content>
internal sealed partial class Interpreter
{
    private const string Uncounted = "how often a loop runs is not known";

    // Counters of such loops: the unknown value that stands for one, and the least number that it has.
    private readonly Dictionary<int, long> _counters = [];

    // Layers that stand for one of each pass. Any other layer in a loop is the same in each pass.
    private readonly HashSet<int> _representatives = [];

    /// <summary>A loop of unknown count, as far as the passes of it are concerned.</summary>
    /// <param name="Loop">The loop.</param>
    /// <param name="Jumps">Its jumps.</param>
    /// <param name="First">The first pass, where it is known to be special; null if it is as the others.</param>
    /// <param name="Pass">A pass: any of them, or any but the first.</param>
    private sealed record Passes(ILoopOperation Loop, Jumps Jumps, Action? First, Action<bool> Pass);

    // for (var i = 0; i < depth; i++): the first pass has a known counter.
    private bool TryRepeat(ILoopOperation loop, Jumps jumps)
    {
        if (_repeats > 0 || _recorded is not null || loop is not IForLoopOperation counted || CounterOf(counted) is not { } counter
            || Get(counter) is not ConstantValue { Content: long first })
        {
            return false;
        }

        Value any = NewCounter(first), later = NewCounter(first + 1);
        return TryRepeat(new Passes(
            loop,
            jumps,
            () => Pass(loop.Body, jumps),
            afterFirst =>
            {
                var count = afterFirst ? later : any;
                Set(counter, count);
                Pass(loop.Body, jumps);
                if (IsReachable && !Get(counter).Equals(count))
                {
                    Havoc("a loop changes its own counter");
                }
            }));
    }

    // foreach (var layer in layers), some of them an unknown number of times.
    private bool TryForEachPart(IForEachLoopOperation loop, Jumps jumps, IReadOnlyList<Value> parts)
    {
        if (_repeats > 0 || _recorded is not null)
        {
            return false;
        }

        var start = _state;
        foreach (var part in parts)
        {
            if (!IsReachable)
            {
                break;
            }

            if (part is not RepeatedValue repeated)
            {
                Assign(loop.LoopControlVariable, part);
                Pass(loop.Body, jumps);
            }
            else if (!TryRepeat(new Passes(loop, jumps, null, _ =>
            {
                foreach (var item in repeated.Items)
                {
                    Assign(loop.LoopControlVariable, item);
                    Pass(loop.Body, jumps);
                }
            })))
            {
                _state = start;
                return false;
            }
        }

        return true;
    }

    private Value NewCounter(long least)
    {
        var counter = new UnknownValue(Uncounted, ++_nextUnknown);
        _counters[counter.Id] = least;
        return counter;
    }

    private static ILocalSymbol? CounterOf(IForLoopOperation loop) =>
        loop.AtLoopBottom is [IExpressionStatementOperation { Operation: IIncrementOrDecrementOperation { Kind: OperationKind.Increment, Target: ILocalReferenceOperation { Local: var local } } }]
            && loop.Before is [IVariableDeclarationGroupOperation { Declarations: [{ Declarators: [{ Symbol: var declared }] }] }]
            && SymbolEqualityComparer.Default.Equals(local, declared)
                ? local
                : null;

    // i == 0 and the like, where i is at least 1; null for anything else.
    private Value? CompareCounter(BinaryOperatorKind kind, Value left, Value right)
    {
        if (_counters.Count == 0 || left is not UnknownValue { Id: var id } || !_counters.TryGetValue(id, out var least)
            || right is not ConstantValue { Content: long number })
        {
            return null;
        }

        return kind switch
        {
            BinaryOperatorKind.Equals when number < least => s_false,
            BinaryOperatorKind.NotEquals or BinaryOperatorKind.GreaterThan when number < least => s_true,
            BinaryOperatorKind.GreaterThanOrEqual when number <= least => s_true,
            BinaryOperatorKind.LessThan when number <= least => s_false,
            BinaryOperatorKind.LessThanOrEqual when number < least => s_false,
            _ => null,
        };
    }

    private bool TryRepeat(Passes passes)
    {
        if (_state is not { } start)
        {
            return false;
        }

        var (breaks, continues, returns, yields, unknowns) =
            (passes.Jumps.Breaks.Count, passes.Jumps.Continues.Count, _frame.Returns.Count, _frame.Yielded?.Count ?? 0, _unknowns.Count);
        bool IsClean() => _state is not null && !IsExhausted && passes.Jumps.Breaks.Count == breaks && passes.Jumps.Continues.Count == continues
            && _frame.Returns.Count == returns && (_frame.Yielded?.Count ?? 0) == yields && _unknowns.Count == unknowns;
        _repeats++;
        passes.Pass(false);
        var change = IsClean() ? ChangeOf(start, _state!, passes.Loop) : null;
        var isDone = change switch
        {
            null or { HasOther: true } => false,
            { Carried.Count: 0, Grown.Count: 0 } => Settle(start, change, passes, IsClean),
            { Carried.Count: 0 } => Grow(start, passes, IsClean),
            { Grown.Count: 0 } => Carry(start, change, passes, false, IsClean) || CarryAfterFirst(start, passes, IsClean),
            _ => false,
        };
        _repeats--;
        if (!isDone)
        {
            _state = start;
            Cut(passes.Jumps.Breaks, breaks);
            Cut(passes.Jumps.Continues, continues);
            Cut(_frame.Returns, returns);
            Cut(_unknowns, unknowns);
            if (_frame.Yielded is { } yielded)
            {
                Cut(yielded, yields);
            }
        }

        return isDone;
    }

    private static void Cut<T>(List<T> list, int count) => list.RemoveRange(count, list.Count - count);

    /// <summary>What a pass of a loop changed.</summary>
    /// <param name="Carried">Variables that hold another tensor.</param>
    /// <param name="Variables">Variables that hold something else, no tensor.</param>
    /// <param name="Grown">Lists and modules to which elements were added at the end.</param>
    /// <param name="HasOther">True if anything else is different.</param>
    private sealed record PassChange(List<Variable> Carried, List<Variable> Variables, List<int> Grown, bool HasOther);

    // Without the variables that are new in each pass.
    private PassChange ChangeOf(State before, State after, ILoopOperation? loop = null)
    {
        var (carried, variables, grown, hasOther) = (new List<Variable>(), new List<Variable>(), new List<int>(), false);
        var moved = new HashSet<int>();
        foreach (var pair in before.Variables)
        {
            _spent++;
            var now = after.Variables.TryGetValue(pair.Key, out var value) ? value : pair.Value;
            if (ReferenceEquals(now, pair.Value) && now is not ReferenceValue || loop is not null && IsDeclaredIn(loop, pair.Key.Symbol))
            {
                continue;
            }

            if (TensorIn(before, pair.Value) is { } old)
            {
                if (TensorIn(after, now) != old)
                {
                    carried.Add(pair.Key);
                    hasOther |= TensorIn(after, now) is null;
                    moved.Add(((ReferenceValue)pair.Value).Id);
                }
            }
            else if (!now.Equals(pair.Value))
            {
                variables.Add(pair.Key);
            }
        }

        if (!ReferenceEquals(before.Heap, after.Heap))
        {
            foreach (var pair in before.Heap)
            {
                _spent++;
                if (after.Heap.TryGetValue(pair.Key, out var now) && !ReferenceEquals(now, pair.Value) && !now.Equals(pair.Value))
                {
                    if (Added(pair.Value, now) is not null)
                    {
                        grown.Add(pair.Key);
                    }
                    else
                    {
                        // A tensor that is changed in place, and the initialisation of a layer that stands for many.
                        hasOther |= !(now is TensorObject && moved.Contains(pair.Key)) && !(now is LayerObject && _representatives.Contains(pair.Key));
                    }
                }
            }
        }

        return new PassChange(carried, variables, grown, hasOther);
    }

    private static bool IsDeclaredIn(ILoopOperation loop, ISymbol variable) =>
        variable.DeclaringSyntaxReferences is [var declaration, ..] && declaration.SyntaxTree == loop.Syntax.SyntaxTree && loop.Syntax.Span.Contains(declaration.Span);

    // What was added at the end of a list or of a module; null if something else changed.
    private static IReadOnlyList<Value>? Added(HeapObject before, HeapObject after)
    {
        IReadOnlyList<Value>? Behind<T>(IReadOnlyList<T> old, IReadOnlyList<T> now, Func<T, Value> value) =>
            now.Count > old.Count && old.SequenceEqual(now.Take(old.Count)) ? now.Skip(old.Count).Select(value).ToArray() : null;
        return (before, after) switch
        {
            (ListObject x, ListObject y) => Behind(x.Items, y.Items, item => item),
            (OpaqueObject { Parts: { } x }, OpaqueObject { Parts: { } y }) => Behind(x, y, item => item),
            (ContainerObject x, ContainerObject y) => Behind(x.Children, y.Children, child => child.Module),
            _ => null,
        };
    }

    private State Forget(State state, IEnumerable<Variable> variables) =>
        variables.Aggregate(state, (current, variable) => current.With(variable, Value.Unknown(Uncounted)));

    // A loop without a trace but in variables, and in the weights of layers that stand for many.
    private bool Settle(State start, PassChange change, Passes passes, Func<bool> isClean)
    {
        if (change.Variables.Count == 0)
        {
            return true;
        }

        _state = start = Forget(start, change.Variables);
        passes.Pass(false);
        if (!isClean() || ChangeOf(start, _state!, passes.Loop) is not { HasOther: false, Carried.Count: 0, Grown.Count: 0 } again)
        {
            return false;
        }

        _state = Forget(_state!, change.Variables.Concat(again.Variables));
        return true;
    }

    // A loop that adds the same to lists and containers in each pass, or in each but the first.
    private bool Grow(State start, Passes passes, Func<bool> isClean)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            _state = start;
            var ends = new State[3];
            for (var i = 0; i < 3; i++)
            {
                if (i == 0 && passes.First is { } first)
                {
                    first();
                }
                else
                {
                    passes.Pass(passes.First is not null);
                }

                if (!isClean())
                {
                    return false;
                }

                ends[i] = _state!;
            }

            var grown = new HashSet<int>();
            var (a, b, c) = (ChangeOf(start, ends[0], passes.Loop), ChangeOf(ends[0], ends[1], passes.Loop), ChangeOf(ends[1], ends[2], passes.Loop));
            foreach (var change in new[] { a, b, c })
            {
                if (change.HasOther || change.Carried.Count > 0)
                {
                    return false;
                }

                grown.UnionWith(change.Grown.Where(start.Heap.ContainsKey));
            }

            if (c.Variables.Where(start.Variables.ContainsKey).ToArray() is { Length: > 0 } counting)
            {
                // Something else counts along: of no known value in any pass.
                start = Forget(start, counting);
                continue;
            }

            return grown.All(id => Repeat(id, start, ends));
        }

        return false;
    }

    private bool Repeat(int id, State start, State[] ends)
    {
        IReadOnlyList<Value> AddedIn(State before, State after) => Added(before.Heap[id], after.Heap[id]) ?? [];
        var (first, second, third) = (AddedIn(start, ends[0]), AddedIn(ends[0], ends[1]), AddedIn(ends[1], ends[2]));
        bool AreAlike(IReadOnlyList<Value> x, IReadOnlyList<Value> y) => x.Count == y.Count && x.Zip(y, (left, right) => IsAlike(left, right, 0)).All(same => same);
        if (second.Count == 0 || !AreAlike(second, third))
        {
            return false;
        }

        var special = AreAlike(first, second) ? [] : first;
        var items = second.Select(Unnamed).ToImmutableArray();
        foreach (var item in items)
        {
            Represent(item);
        }

        var repeated = new RepeatedValue(items);
        Write(id, start.Heap[id] switch
        {
            ListObject list => new OpaqueObject(Uncounted) { Parts = list.Items.AddRange(special).Add(repeated) },
            OpaqueObject { Parts: { } parts } => new OpaqueObject(Uncounted) { Parts = parts.AddRange(special).Add(repeated) },
            ContainerObject container => container with
            {
                Children = ((ContainerObject)ends[0].Heap[id]).Children.Take(container.Children.Count + special.Count)
                    .Append(new ChildModule("?", repeated)).ToImmutableList(),
            },
            var other => other,
        });
        return true;
    }

    // ($"fc{i}", layer): the names differ, the layers do not.
    private static Value Unnamed(Value item) => item is TupleValue { Items: [_, var module] } ? module : item;

    // Everything below a module stands for one in each pass.
    private void Represent(Value module)
    {
        var pending = new Stack<Value>();
        pending.Push(module);
        while (pending.Count > 0)
        {
            switch (pending.Pop())
            {
                case ReferenceValue { Id: var id } value when _representatives.Add(id):
                    switch (Read(value))
                    {
                        case ContainerObject container:
                            Push(pending, container.Children.Select(child => child.Module));
                            break;
                        case ClassObject instance:
                            Push(pending, instance.Fields.Values);
                            break;
                        case ListObject list:
                            Push(pending, list.Items);
                            break;
                    }

                    break;
                case RepeatedValue repeated:
                    Push(pending, repeated.Items);
                    break;
            }
        }
    }

    // True if two modules, one made in each of two passes, are made and initialised in the same way.
    private bool IsAlike(Value a, Value b, int depth)
    {
        if (depth > 20)
        {
            return false;
        }

        switch (a, b)
        {
            case (ReferenceValue x, ReferenceValue y) when x.Id == y.Id:
                // The same weights in each pass are not new ones.
                return Read(x) is LayerObject { Entry: var entry } && !HasWeights(entry);
            case (ReferenceValue, ReferenceValue):
                return (Read(a), Read(b)) switch
                {
                    (LayerObject x, LayerObject y) => SymbolEqualityComparer.Default.Equals(x.Type, y.Type) && x.Arguments.IsLike(y.Arguments)
                        && x.Weight.Equals(y.Weight) && Equals(x.Bias, y.Bias) && x.WeightCall?.Node == y.WeightCall?.Node,
                    (ContainerObject x, ContainerObject y) => SymbolEqualityComparer.Default.Equals(x.Type, y.Type) && x.Children.Count == y.Children.Count
                        && x.Children.Zip(y.Children, (left, right) => IsAlike(left.Module, right.Module, depth + 1)).All(same => same),
                    (ClassObject x, ClassObject y) => SymbolEqualityComparer.Default.Equals(x.Type, y.Type) && x.Fields.Count == y.Fields.Count
                        && x.Fields.All(field => y.Fields.TryGetValue(field.Key, out var other) && IsAlike(field.Value, other, depth + 1)),
                    (ListObject x, ListObject y) => x.Items.Count == y.Items.Count
                        && x.Items.Zip(y.Items, (left, right) => IsAlike(left, right, depth + 1)).All(same => same),
                    (OpaqueObject { Parts: null } x, OpaqueObject y) => x.Equals(y),
                    _ => false,
                };
            case (TupleValue { Items: [var nameA, var moduleA] }, TupleValue { Items: [var nameB, var moduleB] }):
                return (nameA is not ReferenceValue || IsAlike(nameA, nameB, depth + 1)) && IsAlike(moduleA, moduleB, depth + 1);
            default:
                return a.Equals(b);
        }
    }

    private static bool HasWeights(LayerEntry entry) =>
        entry.Family is not (LayerFamily.Activation or LayerFamily.Softmax or LayerFamily.Dropout or LayerFamily.Pooling or LayerFamily.Shape);

    private bool CarryAfterFirst(State start, Passes passes, Func<bool> isClean)
    {
        if (passes.First is null)
        {
            return false;
        }

        _state = start;
        passes.First();
        if (!isClean())
        {
            return false;
        }

        var first = _state!;
        passes.Pass(true);
        return isClean() && ChangeOf(first, _state!, passes.Loop) is { HasOther: false, Grown.Count: 0 } change && Carry(first, change, passes, true, isClean);
    }

    // A loop that sends one tensor through the same layers in each pass.
    private bool Carry(State start, PassChange change, Passes passes, bool afterFirst, Func<bool> isClean)
    {
        if (change.Carried is not [var variable] || start.Variables[variable] is not { } value || TensorIn(start, value) is not { } node)
        {
            return false;
        }

        _state = Forget(start, change.Variables);
        var entry = AddEntry(node, passes.Loop.Syntax);
        var signal = NewTensor(entry);
        Set(variable, signal);
        if (_state is not { } before)
        {
            return false;
        }

        passes.Pass(afterFirst);
        if (!isClean() || ChangeOf(before, _state!, passes.Loop) is not { HasOther: false, Grown.Count: 0 } again
            || again.Carried.Any(carried => !carried.Equals(variable)) || again.Variables.Except(change.Variables).Any()
            || TensorIn(_state, Get(variable)) is not { } result || AddRepeat(node, entry, result, passes.Loop.Syntax) is not { } repeated)
        {
            return false;
        }

        _state = Forget(_state!, change.Variables);
        Set(variable, NewTensor(repeated));
        return true;
    }

    private void Set(Variable variable, Value value) => _state = _state?.With(variable, value);

    private Value Get(Variable variable) => _state is not null && _state.Variables.TryGetValue(variable, out var value) ? value : Value.Unknown(Uncounted);

    // The signal in front of any pass.
    private int AddEntry(int signal, SyntaxNode at)
    {
        var entry = AddNode(new InputOperation(), at);
        if (!IsExhausted)
        {
            _shapes[entry] = _shapes[signal];
            _isModelInput[entry] = true;
        }

        return entry;
    }

    // The node that stands for all passes; null if a pass does not map a tensor to one of the same shape with layers of its own.
    private int? AddRepeat(int signal, int entry, int result, SyntaxNode at)
    {
        if (IsExhausted || result <= entry || _shapes[entry].Width is { } wide && _shapes[result].Width is { } narrow && wide != narrow)
        {
            return null;
        }

        var used = new SortedSet<int> { result };
        var pending = new Stack<int>(used);
        while (pending.Count > 0)
        {
            foreach (var input in _graph.InputsOf(pending.Pop()))
            {
                if (used.Add(input))
                {
                    pending.Push(input);
                }
            }
        }

        // Nothing from before the loop, nothing that is not known, and no layer twice.
        if (used.Min != entry || used.Any(node => _graph[node] switch
            {
                UnknownOperation or RepeatOperation => true,
                InputOperation => node != entry,
                { IsWeightLayer: true } => _sites[node]?.Module is not { } module || !_representatives.Contains(module),
                _ => false,
            }))
        {
            return null;
        }

        var builder = new ModelGraphBuilder();
        var moved = new Dictionary<int, int>();
        int? layer = null;
        foreach (var node in used)
        {
            var module = _sites[node]?.Module;
            layer ??= _graph[node].IsWeightLayer ? module : null;
            moved[node] = builder.Add(
                _graph[node],
                module is { } id && _paths.TryGetValue(id, out var path) ? path : null,
                _graph.InputsOf(node).Select(input => moved[input]).ToArray());
        }

        return layer is null ? null : AddNode(new RepeatOperation(builder.Build("pass", moved[result])), at, null, layer, signal);
    }

    // Modules that follow each other an unknown number of times, as part of a Sequential.
    private Value ForwardRepeated(RepeatedValue repeated, Value value, SyntaxNode at)
    {
        var before = _state;
        if (Read(value) is TensorObject { Node: var signal } && before is not null && _repeats == 0)
        {
            _repeats++;
            var entry = AddEntry(signal, at);
            var result = repeated.Items.Aggregate(NewTensor(entry), (x, module) => Forward(module, [x], _symbols.Tensor, at));
            _repeats--;
            if (_state is { } after && ChangeOf(before, after) is { HasOther: false, Carried.Count: 0, Grown.Count: 0, Variables.Count: 0 }
                && TensorIn(after, result) is { } end && AddRepeat(signal, entry, end, at) is { } node)
            {
                return NewTensor(node);
            }
        }

        _state = before;
        return UnknownTensor(Uncounted, at, value);
    }

    // The elements of a sequence, some of them an unknown number of times; null if it is not known what they are.
    private IReadOnlyList<Value>? PartsOf(Value sequence) => Read(sequence) switch
    {
        OpaqueObject { Parts: { } parts } => parts,
        ContainerObject container when HasKnownParts(container) => container.Children.Select(child => child.Module).ToArray(),
        _ => null,
    };

    private static bool HasKnownParts(ContainerObject container) => container.Children.All(child => child.Name != "?" || child.Module is RepeatedValue);

    // layers[i] of a list with parts.
    private Value? ElementOfParts(IReadOnlyList<Value> parts, Value index)
    {
        if (index is ConstantValue { Content: long place } && place >= 0 && place < parts.Count && !parts.Take((int)place + 1).Any(part => part is RepeatedValue))
        {
            return parts[(int)place];
        }

        return index is UnknownValue { Id: var id } && _counters.TryGetValue(id, out var least) && least == parts.Count - 1
            && parts[parts.Count - 1] is RepeatedValue { Items: [var item] } && !parts.Take(parts.Count - 1).Any(part => part is RepeatedValue)
                ? item
                : null;
    }

    // List methods on a list with parts; null for those that are not followed.
    private Value? SequenceOfParts(IInvocationOperation call, string name, ReferenceValue list, OpaqueObject content, Value[] arguments)
    {
        var parts = content.Parts!;
        Value Made(IEnumerable<Value> items) => New(content with { Parts = items.ToImmutableList() });
        Value Changed(ImmutableList<Value> items)
        {
            Write(list.Id, content with { Parts = items });
            return Value.Null;
        }

        IReadOnlyList<Value>? More(Value value) => Items(value) ?? PartsOf(value);
        switch (name, arguments.Length)
        {
            case ("Add", 1):
                return Changed(parts.Add(arguments[0]));
            case ("AddRange", 1) when More(arguments[0]) is { } more:
                return Changed(parts.AddRange(more));
            case ("Insert", 2) when arguments[0] is ConstantValue { Content: 0L }:
                return Changed(parts.Insert(0, arguments[1]));
            case ("ToList" or "ToArray" or "AsEnumerable" or "Cast", 0):
                return Made(parts);
            case ("Append", 1):
                return Made(parts.Append(arguments[0]));
            case ("Prepend", 1):
                return Made(parts.Insert(0, arguments[0]));
            case ("Concat", 1) when More(arguments[0]) is { } more:
                return Made(parts.Concat(more));
            case ("Select" or "SelectMany", 1) when arguments[0] is FunctionValue function && parts is [RepeatedValue { Items: [var item] }] && _repeats == 0:
                return SelectRepeated(call, name, item, function) is { } items ? Made([new RepeatedValue(items)]) : null;
            default:
                return null;
        }
    }

    private ImmutableArray<Value>? SelectRepeated(IInvocationOperation call, string name, Value item, FunctionValue function)
    {
        var before = _state;
        _repeats++;
        var counter = NewCounter(0);
        var results = new[] { Apply(function, [item, counter], call.Syntax), Apply(function, [item, counter], call.Syntax) };
        _repeats--;
        IReadOnlyList<Value>? ResultsOf(Value result) => name == "Select" ? [result] : Items(result);
        if (before is not null && _state is { } after && ChangeOf(before, after) is { HasOther: false, Carried.Count: 0, Grown.Count: 0, Variables.Count: 0 }
            && ResultsOf(results[0]) is { } first && ResultsOf(results[1]) is { } second && first.Count == second.Count
            && first.Zip(second, (x, y) => IsAlike(x, y, 0)).All(same => same))
        {
            var items = first.Select(Unnamed).ToImmutableArray();
            foreach (var made in items)
            {
                Represent(made);
            }

            return items;
        }

        _state = before;
        return null;
    }
}
