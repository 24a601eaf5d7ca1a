using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Source;
using StabilityAnalyzers.Symbols;

namespace StabilityAnalyzers.Extraction;

/// <summary>
/// Runs the C# of a model on abstract values: constructors give modules with the state of their initialisers, and
/// <c>forward</c> gives a graph. What it does not understand becomes an unknown value, and everything that such code could
/// have changed becomes unknown too. It never throws on code that does not compile, and spends a <see cref="Budget"/>.
/// </summary>
/// <remarks>
/// It walks the statements of a method rather than its control-flow graph: loops with a known number of passes are
/// unrolled, both ways of an unknown condition are taken and merged, and scopes and <c>using</c> keep their meaning.
/// </remarks>
internal sealed partial class Interpreter
{
    private readonly TorchSharpSymbols _symbols;
    private readonly SourceIndex _index;
    private readonly INamedTypeSymbol? _root;
    private readonly Budget _budget;
    private readonly CancellationToken _cancellation;
    private readonly ModelGraphBuilder _graph = new();
    private readonly List<NodeSite?> _sites = [];
    private readonly List<bool> _isModelInput = [];
    private readonly List<string> _unknowns = [];
    private readonly Dictionary<int, string> _paths = [];
    private readonly Dictionary<IOperation, Value> _evaluated = [];
    private readonly HashSet<ISymbol> _staticsInProgress = new(SymbolEqualityComparer.Default);

    private State? _state = State.Empty;
    private Frame _frame = new(0, null);
    private SyntaxNode? _site;
    private int _nextId;
    private int _nextFrame = 1;
    private int _spent;
    private int _depth;
    private int _calls;

    /// <param name="symbols">TorchSharp in the compilation.</param>
    /// <param name="root">The type that is analysed: places are reported in its code.</param>
    /// <param name="budget">What may be spent.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <param name="plan">
    /// Which way to go at conditions that the code does not decide, first to last, and the first way at those behind them; null to
    /// go all ways at once and to merge what they leave.
    /// </param>
    /// <param name="sizeSample">1 or 2: which numbers stand for sizes that are not known.</param>
    internal Interpreter(
        TorchSharpSymbols symbols, INamedTypeSymbol? root, Budget budget, CancellationToken cancellation, IReadOnlyList<int>? plan = null, int sizeSample = 1)
    {
        _plan = plan;
        _sizeSample = sizeSample;
        _symbols = symbols;
        _root = root?.OriginalDefinition;
        _budget = budget;
        _cancellation = cancellation;
        _index = SourceIndex.Of(symbols.Compilation);
    }

    /// <summary>True once the budget is spent; everything is unknown from there on.</summary>
    internal bool IsExhausted => _spent > _budget.Operations || _graph.Count > _budget.Nodes;

    private bool IsReachable => _state is not null && !IsExhausted;

    private bool IsRootCode => _site is null;

    private bool Spend()
    {
        if ((++_spent & 255) == 0)
        {
            _cancellation.ThrowIfCancellationRequested();
        }

        return !IsExhausted;
    }

    private Origin OriginOf(SyntaxNode creation) => new(creation, _site ?? creation);

    private ReferenceValue New(HeapObject content)
    {
        var id = _nextId++;
        _state = _state?.With(id, content);
        return new ReferenceValue(id);
    }

    private HeapObject? Read(Value? value) =>
        value is ReferenceValue reference && _state is not null && _state.Heap.TryGetValue(reference.Id, out var content) ? content : null;

    private void Write(int id, HeapObject content) => _state = _state?.With(id, content);

    private Value Get(ISymbol variable) =>
        _state is not null && _state.Variables.TryGetValue(new Variable(_frame.Id, variable), out var value)
            ? value
            : Value.Unknown($"'{variable.Name}' is not known");

    private void Set(ISymbol variable, Value value) => _state = _state?.With(new Variable(_frame.Id, variable), value);

    private Value NewTensor(int node) => New(new TensorObject(node));

    private int AddNode(Operation operation, SyntaxNode use, string? path = null, int? module = null, params int[] inputs)
    {
        if (IsExhausted)
        {
            return 0;
        }

        var created = module is { } key && Read(new ReferenceValue(key)) is CreatedObject found ? found : null;
        var origin = created?.Origin;
        _sites.Add(new NodeSite(
            use, module, origin, (created as LayerObject)?.WeightCall, origin?.Site ?? (IsRootCode ? use : _site)));
        _isModelInput.Add(operation is InputOperation && path is not null);
        _shapes.Add(TensorShape.After(operation, inputs.Select(input => _shapes[input]).ToArray()));
        return _graph.Add(operation, path, inputs);
    }

    // The node of a tensor; a value that is no known tensor gets a node of its own that says so.
    private int NodeOf(Value value, SyntaxNode use)
    {
        switch (value)
        {
            case ReferenceValue when Read(value) is TensorObject tensor:
                return tensor.Node;
            case UnknownValue unknown:
                return AddNode(new UnknownOperation(unknown.Reason), use);
            default:
                return AddNode(new UnknownOperation($"'{Shorten(use)}' is used as a tensor"), use);
        }
    }

    private Value UnknownTensor(string reason, SyntaxNode use, params Value[] inputs)
    {
        var nodes = inputs.Where(input => Read(input) is TensorObject).Select(input => NodeOf(input, use)).ToArray();
        return NewTensor(AddNode(new UnknownOperation(reason), use, null, null, nodes));
    }

    private static string Shorten(SyntaxNode node)
    {
        var text = node.ToString();
        var end = text.IndexOf('\n');
        text = end < 0 ? text : text.Substring(0, end).TrimEnd();
        return text.Length <= 60 ? text : text.Substring(0, 57) + "...";
    }

    // Everything that code which is not understood may have changed.
    private void Havoc(string reason)
    {
        if (_state is null)
        {
            return;
        }

        _unknowns.Add(reason);
        var heap = _state.Heap.ToBuilder();
        foreach (var pair in _state.Heap)
        {
            heap[pair.Key] = pair.Value switch
            {
                ListObject or MapObject or OpaqueObject { Parts: not null } => new OpaqueObject(reason),
                ContainerObject container => container with { Children = ImmutableList<ChildModule>.Empty.Add(new ChildModule("?", Value.Unknown(reason))) },
                ClassObject instance => instance with { Fields = Unknowns(instance.Fields, reason) },
                _ => Uninitialized(pair.Value, reason),
            };
        }

        var variables = _state.Variables.ToBuilder();
        foreach (var variable in _state.Variables.Keys)
        {
            variables[variable] = Value.Unknown(reason);
        }

        _state = new State(variables.ToImmutable(), heap.ToImmutable());
    }

    private static ImmutableDictionary<ISymbol, Value> Unknowns(ImmutableDictionary<ISymbol, Value> fields, string reason)
    {
        var result = fields.ToBuilder();
        foreach (var field in fields.Keys)
        {
            result[field] = Value.Unknown(reason);
        }

        return result.ToImmutable();
    }

    // The weights of all layers.
    private void HavocWeights(string reason)
    {
        if (_state is null)
        {
            return;
        }

        var heap = _state.Heap.ToBuilder();
        foreach (var pair in _state.Heap)
        {
            heap[pair.Key] = Uninitialized(pair.Value, reason);
        }

        _state = _state with { Heap = heap.ToImmutable() };
    }

    private static HeapObject Uninitialized(HeapObject content, string reason) => content is LayerObject layer
        ? layer with
        {
            Weight = WeightInitializer.Unknown(reason),
            Bias = layer.Bias is null ? null : BiasInitializer.Unknown,
            WeightCall = null,
        }
        : content;

    // What a method that is not understood may have done to what it was given: the weights that can be reached from it, and
    // the contents of lists.
    private void Escape(string reason, params Value[] values)
    {
        var pending = new Stack<Value>(values);
        var seen = new HashSet<int>();
        while (pending.Count > 0 && _state is not null)
        {
            switch (pending.Pop())
            {
                case FunctionValue:
                    Havoc(reason);
                    return;
                case TupleValue tuple:
                    Push(pending, tuple.Items);
                    break;
                case RepeatedValue repeated:
                    Push(pending, repeated.Items);
                    break;
                case ParameterRows rows:
                    pending.Push(rows.Whole);
                    break;
                case ParameterValue parameter when Read(new ReferenceValue(parameter.Layer)) is { } layer:
                    Write(parameter.Layer, Uninitialized(layer, reason));
                    break;
                case ReferenceValue reference when seen.Add(reference.Id) && Read(reference) is { } content:
                    switch (content)
                    {
                        case LayerObject:
                            Write(reference.Id, Uninitialized(content, reason));
                            break;
                        case ContainerObject container:
                            Push(pending, container.Children.Select(child => child.Module));
                            break;
                        case ClassObject instance:
                            Push(pending, instance.Fields.Values);
                            Push(pending, instance.Children.Select(child => child.Module));
                            break;
                        case ListObject list:
                            Push(pending, list.Items);
                            Write(reference.Id, new OpaqueObject(reason));
                            break;
                        case OpaqueObject { Parts: { } parts }:
                            Push(pending, parts);
                            Write(reference.Id, new OpaqueObject(reason));
                            break;
                        case MapObject map:
                            Push(pending, map.Entries.Select(entry => entry.Item));
                            Write(reference.Id, new OpaqueObject(reason));
                            break;
                    }

                    break;
            }
        }
    }

    private static void Push(Stack<Value> stack, IEnumerable<Value> values)
    {
        foreach (var value in values)
        {
            stack.Push(value);
        }
    }
}
