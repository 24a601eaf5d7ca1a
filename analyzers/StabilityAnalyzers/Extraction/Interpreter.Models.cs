using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Extraction;

/// <content>From the start of a program to the graph of a model in it.</content>
internal sealed partial class Interpreter
{
    /// <summary>Makes a module as some code does and runs its <c>forward</c>. Null if that throws.</summary>
    /// <param name="way">How it is made.</param>
    /// <param name="declaration">Where the class is declared.</param>
    internal ExtractedModel? Extract(Construction way, SyntaxNode declaration)
    {
        var type = way.Type;
        var name = type.OriginalDefinition.ToDisplayString();
        var self = Make(way, declaration);
        if (_state is null)
        {
            return null;
        }

        NamePaths(self);
        if (EntryOf(type) is not { } forward || _index.Body(forward, _cancellation) is not { } body)
        {
            return ExtractedModel.Unknown(name, "there is no 'forward'");
        }

        var constructed = _state;
        var inputs = forward.Parameters.Select(parameter => (parameter, InputFor(parameter, declaration))).ToList();
        var result = Inline(forward, body, self, inputs, declaration);
        return _state is null && !IsExhausted ? null : Finish(name, constructed, result);
    }

    // Behind a construction that was recorded, as if nothing of the code before it belonged to the model.
    private Value Make(Construction way, SyntaxNode at)
    {
        _state = Foreign(way.State);
        _nextId = way.NextId;
        _nextFrame = way.NextFrame;
        _site = null;
        _frame = new Frame(way.Frame, way.Self);
        var self = Construct(way.Type, way.Constructor, way.Arguments.Select(argument => (argument.Parameter, argument.Value)).ToList(), at);
        return way.Initializer is null || _state is null ? self : Initialize(self, way.Initializer);
    }

    private static State Foreign(State state)
    {
        var heap = state.Heap.ToBuilder();
        foreach (var pair in state.Heap)
        {
            if (pair.Value is TensorObject)
            {
                // Its node is one of another graph.
                heap[pair.Key] = new OpaqueObject("a tensor that was made before the model");
            }
            else if (pair.Value is CreatedObject created)
            {
                heap[pair.Key] = created is LayerObject { WeightCall: { } call } layer
                    ? layer with { Origin = created.Origin with { Site = null }, WeightCall = call with { Site = null } }
                    : created with { Origin = created.Origin with { Site = null } };
            }
        }

        return state with { Heap = heap.ToImmutable() };
    }

    /// <summary>Runs a block of code and gives the graph of every <c>Sequential</c> that is made in it and is not part of another module.</summary>
    /// <param name="name">Name for the models.</param>
    /// <param name="block">The body of a method, or the initialiser of a field or property.</param>
    internal IReadOnlyList<ExtractedModel> ExtractBlock(string name, IOperation block)
    {
        Value self = _root is null ? Value.Unknown("'this' is not known") : New(new ClassObject(
            _root, ImmutableDictionary.Create<ISymbol, Value>(SymbolEqualityComparer.Default), ImmutableList<ChildModule>.Empty, true, new Origin(block.Syntax, null))
        { IsForeign = true });
        _frame = new Frame(_nextFrame++, self);
        if (block is ISymbolInitializerOperation initializer)
        {
            Evaluate(initializer.Value);
        }
        else
        {
            Execute(block);
        }

        foreach (var (_, state) in _frame.Returns)
        {
            _state = Merge(_state, state, block.Syntax);
        }

        return ExtractSequentials(name, block.Syntax);
    }

    /// <summary>After a constructor: the graph of every <c>Sequential</c> on its own.</summary>
    internal IReadOnlyList<ExtractedModel> ExtractSequentials(string name, SyntaxNode scope)
    {
        var models = new List<ExtractedModel>();
        if (_state is null || IsExhausted)
        {
            return models;
        }

        var end = _state;
        var inner = new HashSet<int>(end.Heap.Values.OfType<ContainerObject>()
            .SelectMany(container => container.Children).Select(child => child.Module).OfType<ReferenceValue>().Select(reference => reference.Id));
        foreach (var pair in end.Heap.OrderBy(pair => pair.Key))
        {
            if (pair.Value is not ContainerObject container || inner.Contains(pair.Key) || container.Children.Count < 2
                || _symbols.LayerOf(container.Type)?.Name != "Sequential" || !scope.SyntaxTree.Equals(container.Origin.Creation.SyntaxTree)
                || !scope.FullSpan.Contains(container.Origin.Creation.Span))
            {
                continue;
            }

            var part = Fork(end);
            var self = new ReferenceValue(pair.Key);
            part.NamePaths(self);
            var input = part.NewTensor(part.AddNode(new InputOperation(), container.Origin.Creation));
            models.Add(part.Finish(name, end, part.Forward(self, [input], _symbols.Tensor, container.Origin.Creation)) with { Creation = container.Origin.Creation });
        }

        return models;
    }

    // The same program point with an empty graph.
    private Interpreter Fork(State state) => new(_symbols, _root, _budget, _cancellation)
    {
        _state = state with
        {
            Heap = state.Heap.SetItems(state.Heap.Where(pair => pair.Value is TensorObject)
                .Select(pair => new KeyValuePair<int, HeapObject>(pair.Key, new OpaqueObject("a tensor that was made before the model")))),
        },
        _nextId = _nextId,
        _nextFrame = _nextFrame,
        _spent = _spent,
    };

    /// <summary>
    /// The method that a trainer calls: the override of TorchSharp's <c>forward</c>, or what the class calls so itself; where that
    /// is not implemented, a method <c>call</c> of the class.
    /// </summary>
    private IMethodSymbol? EntryOf(INamedTypeSymbol type)
    {
        IMethodSymbol? best = null;
        for (var t = type; t is not null && !IsTorchSharp(t); t = t.BaseType)
        {
            foreach (var method in t.GetMembers().OfType<IMethodSymbol>())
            {
                if (method is { IsStatic: false, IsAbstract: false, ReturnsVoid: false, Parameters.Length: > 0, MethodKind: MethodKind.Ordinary }
                    && RankOf(method) is > 0 and var rank && rank > (best is null ? 0 : RankOf(best)))
                {
                    best = method;
                }
            }
        }

        return best;
    }

    private int RankOf(IMethodSymbol method)
    {
        var rank = string.Equals(method.Name, "forward", StringComparison.OrdinalIgnoreCase) ? method.IsOverride ? 4 : 3 : method.Name == "call" ? 2 : 0;
        return rank > 0 && _index.Body(method, _cancellation) is { } body && OnlyThrows(body) ? 1 : rank;
    }

    /// <summary>The value of a parameter of which only constants are known.</summary>
    internal static Value ArgumentFor(IParameterSymbol parameter, IReadOnlyDictionary<string, object?> arguments) =>
        arguments.TryGetValue(parameter.Name, out var constant) ? new ConstantValue(constant)
        : parameter.HasExplicitDefaultValue ? DefaultFor(parameter)
        : Value.Unknown($"the value of the constructor's parameter '{parameter.Name}' is not known");

    private static Value DefaultFor(IParameterSymbol parameter) => parameter.ExplicitDefaultValue is { } value
        ? Arithmetic.Normalize(value) is { } constant ? new ConstantValue(Arithmetic.ConvertTo(constant, parameter.Type)) : Value.Unknown("a default value")
        : DefaultOf(parameter.Type);

    private Value InputFor(IParameterSymbol parameter, SyntaxNode declaration) =>
        parameter.HasExplicitDefaultValue ? DefaultFor(parameter)
        : _symbols.IsTensor(parameter.Type) ? NewTensor(AddNode(new InputOperation(), declaration, parameter.Name))
        : parameter.Type is INamedTypeSymbol { IsTupleType: true } tuple && tuple.TupleElements.All(element => _symbols.IsTensor(element.Type))
            ? new TupleValue(tuple.TupleElements.Select(element => NewTensor(AddNode(new InputOperation(), declaration, element.Name))).ToImmutableArray())
            : Value.Unknown($"the input '{parameter.Name}' is not a tensor");

    private ExtractedModel Finish(string name, State constructed, Value result)
    {
        if (IsExhausted)
        {
            return ExtractedModel.Unknown(name, "the model is too large to be followed");
        }

        var outputs = new List<int>();
        CollectTensors(result, outputs);
        if (outputs.Count == 0)
        {
            _unknowns.Add((result as UnknownValue)?.Reason ?? "the result of 'forward' is not known");
        }

        // Weights that forward itself writes are not those that the constructor left.
        if (_state is not null && constructed.Heap.Any(pair => pair.Value is LayerObject before
            && (!_state.Heap.TryGetValue(pair.Key, out var now) || now is not LayerObject after
                || !before.Weight.Equals(after.Weight) || !Equals(before.Bias, after.Bias))))
        {
            return ExtractedModel.Unknown(name, "'forward' changes weights");
        }

        return Prune(Decided(_graph.Build(name, outputs.Distinct().ToArray())));
    }

    private void CollectTensors(Value value, List<int> nodes)
    {
        var pending = new Stack<Value>();
        pending.Push(value);
        for (var budget = 1000; pending.Count > 0 && budget > 0; budget--)
        {
            var next = pending.Pop();
            switch (next)
            {
                case TupleValue tuple:
                    Push(pending, tuple.Items);
                    break;
                case ReferenceValue:
                    switch (Read(next))
                    {
                        case TensorObject tensor:
                            nodes.Add(tensor.Node);
                            break;
                        case ListObject list:
                            Push(pending, list.Items);
                            break;
                        case ClassObject instance when !_symbols.IsModule(instance.Type):
                            Push(pending, instance.Fields.Values);
                            break;
                    }

                    break;
            }
        }
    }

    // Without the nodes that no output depends on.
    private ExtractedModel Prune(ModelGraph graph)
    {
        if (graph.Outputs.Count == 0)
        {
            return new ExtractedModel(graph, _sites, _unknowns);
        }

        var used = new bool[graph.Nodes.Count];
        foreach (var output in graph.Outputs)
        {
            used[output] = true;
        }

        for (var id = graph.Nodes.Count - 1; id >= 0; id--)
        {
            if (used[id])
            {
                foreach (var input in graph.Nodes[id].Inputs)
                {
                    used[input] = true;
                }
            }
        }

        var builder = new ModelGraphBuilder();
        var sites = new List<NodeSite?>();
        var moved = new int[graph.Nodes.Count];
        foreach (var node in graph.Nodes)
        {
            if (used[node.Id])
            {
                moved[node.Id] = builder.Add(node.Operation, node.Path, node.Inputs.Select(input => moved[input]).ToArray());
                sites.Add(_sites[node.Id]);
            }
        }

        return new ExtractedModel(builder.Build(graph.Name, graph.Outputs.Select(output => moved[output]).ToArray()), sites, _unknowns);
    }
}
