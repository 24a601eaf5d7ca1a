using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// Builds the graph of a model from one forward pass: each call of a module becomes a node, and its inputs are recognised
/// by being the very tensors that other modules returned. A tensor that does not ask for a gradient is data, whatever
/// was done to it. What was computed between the modules is unknown, and may then depend on everything before it.
/// </summary>
internal sealed class ForwardTrace : IDisposable
{
    /// <summary>More calls than any model that is worth a prediction makes; each holds its output until the trace ends.</summary>
    private const int MaximumNodes = 5000;

    private readonly ModelGraphBuilder _builder = new();
    private readonly Dictionary<IntPtr, Produced> _producers = [];
    private readonly Dictionary<nn.Module, Operation> _operations = new(ReferenceEqualityComparer.Instance);
    private readonly SequenceLengths _sequences = new();
    private int? _last;

    /// <summary>True if the pass was too long to be traced.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>True if no module was called yet.</summary>
    public bool IsEmpty => _builder.Count == 0;

    /// <summary>Takes in a call of a module without children.</summary>
    public void Add(string path, nn.Module module, ModuleArguments arguments, object? result)
    {
        if (IsTooLong || _builder.Count >= MaximumNodes)
        {
            IsTooLong = true;
            Dispose();
            return;
        }

        Tensor[] inputs = InputsOf(module, arguments);
        Tensor[] outputs = TensorsWithin.Of(result).Where(tensor => !tensor.IsInvalid).ToArray();
        Operation operation = OperationOf(module, inputs, outputs);
        HashSet<IntPtr> returned = outputs.Select(TensorIdentity.Of).ToHashSet();
        IEnumerable<int> resolved = operation is InputOperation or EmbeddingOperation
            ? []
            : inputs.Select(input => Resolve(input, wasChanged: returned.Contains(TensorIdentity.Of(input))));

        // What two inputs are to the operation, they are also where they are the same.
        int[] sources = [.. operation is GatedCellOperation or RecurrentCellOperation or BilinearOperation ? resolved : resolved.Distinct()];
        if (operation is not UnknownOperation and not InputOperation && !TakesSources(operation, sources.Length))
        {
            operation = new UnknownOperation($"{ModuleTree.KindOf(module)} of {sources.Length} tensors is not modelled");
        }

        if (operation is RecurrentOperation recurrent && outputs.Length > 1 && RecurrentModules.StepsOf(recurrent, inputs[0], outputs[1]) is { } steps)
        {
            operation = recurrent with { SequenceLength = steps };
            _sequences.AddLayer(_builder, sources, inputs[0].numel() / recurrent.InputSize, steps);
        }

        _last = _builder.Add(operation, path, sources);
        if (operation is EmbeddingOperation && inputs.Length > 0)
        {
            _sequences.AddSource(_last.Value, inputs[0].numel());
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            Remember(outputs[i], _last.Value, i == 0 ? null : PartOf(operation));
        }
    }

    /// <summary>The graph of the pass.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="result">What the model returned; null if that was not seen.</param>
    /// <param name="endsWithLastCall">Whether the model is known to return what its last module returned.</param>
    public ModelGraph Complete(string name, object? result, bool endsWithLastCall)
    {
        if (IsTooLong)
        {
            return Unknown(name, $"the forward pass calls more than {MaximumNodes} modules");
        }

        int[] outputs = TensorsWithin.Of(result).Where(tensor => !tensor.IsInvalid).Select(tensor => Resolve(tensor, wasChanged: false)).Distinct().ToArray();
        if (outputs.Length == 0 && endsWithLastCall && _last is { } last)
        {
            outputs = [last];
        }

        if (outputs.Length == 0)
        {
            outputs = [AddUnknown("what the model returns was not seen, because its own forward was called instead of call")];
        }

        return _sequences.ApplyTo(_builder.Build(name, outputs));
    }

    /// <summary>A graph that says no more than why there is none.</summary>
    public static ModelGraph Unknown(string name, string reason)
    {
        var builder = new ModelGraphBuilder();
        return builder.Build(name, builder.Add(new UnknownOperation(reason), null));
    }

    /// <summary>Gives back the outputs that were held.</summary>
    public void Dispose()
    {
        foreach (Produced produced in _producers.Values)
        {
            produced.Handle.Dispose();
        }

        _producers.Clear();
    }

    // The state that a recurrent module is called with counts only where it is not the zero that it has without one.
    private static Tensor[] InputsOf(nn.Module module, ModuleArguments arguments)
    {
        Tensor[] all = arguments.All.SelectMany(TensorsWithin.Of).Where(tensor => !tensor.IsInvalid).ToArray();
        return RecurrentModules.HasState(module) && all.Length > 1 && all.Skip(1).All(IsZero) ? all[..1] : all;
    }

    private static bool IsZero(Tensor state) =>
        !state.requires_grad && TensorMeasurement.Measure(state) is { IsFinite: true, Min: 0, Max: 0 };

    private Operation OperationOf(nn.Module module, Tensor[] inputs, Tensor[] outputs)
    {
        // The vectors of a bag are no rows of its table, but what the rest of the model gets as its input.
        if (module is EmbeddingBag && outputs is [var vectors])
        {
            return InputOf(vectors);
        }

        // The moments of the weights are measured once for a module that is called again and again.
        if (!_operations.TryGetValue(module, out Operation? operation))
        {
            _operations[module] = operation = RecurrentModules.HasState(module)
                ? RecurrentModules.Of(module, outputs.FirstOrDefault())
                : ModuleOperations.Of(module);
        }

        // An adaptive pooling takes its window from the sizes.
        return operation is PoolingOperation { WindowElements: null } pooling
            && inputs is [var input] && outputs is [var output] && output.numel() > 0 && input.numel() % output.numel() == 0
            ? pooling with { WindowElements = input.numel() / output.numel(), StrideElements = input.numel() / output.numel() }
            : operation;
    }

    // A recurrent cell reads its input and, but for the first step, the state before.
    private static bool TakesSources(Operation operation, int count) => operation switch
    {
        EmbeddingOperation => count == 0,
        BilinearOperation => count == 2,
        GatedCellOperation { Cell: RecurrentKind.Lstm } => count is 1 or 3,
        GatedCellOperation or RecurrentCellOperation => count is 1 or 2,
        _ => count == 1,
    };

    // What a module returns beside its output.
    private static Operation? PartOf(Operation operation) => operation switch
    {
        GatedCellOperation { Cell: RecurrentKind.Lstm } => new CellStateOperation(),
        RecurrentOperation recurrent => new UnknownOperation($"the last state of {recurrent.Kind} is not modelled"),
        _ => null,
    };

    /// <summary>The node that a tensor comes from.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="wasChanged">Whether the module that is looked at changed it itself, as one that works in place does.</param>
    private int Resolve(Tensor tensor, bool wasChanged)
    {
        if (_producers.TryGetValue(TensorIdentity.Of(tensor), out Produced produced))
        {
            if (produced.Part is { } part)
            {
                // A state that nobody reads is no part of the graph.
                produced = produced with { Node = _builder.Add(part, null, produced.Node), Part = null };
                _producers[TensorIdentity.Of(tensor)] = produced;
            }

            return wasChanged || TensorMeasurement.Measure(tensor) == produced.AtForward
                ? produced.Node
                : AddUnknown("a tensor was changed in place between two modules");
        }

        int node = tensor.requires_grad ? AddUnknown("something is computed between two modules") : AddData(tensor);
        Remember(tensor, node);
        return node;
    }

    private int AddData(Tensor tensor)
    {
        if (!tensor.is_floating_point())
        {
            return _builder.Add(new UnknownOperation("the input is no floating-point tensor"), null);
        }

        int node = _builder.Add(InputOf(tensor), null);
        if (tensor.dim() is 2 or 3 && tensor.shape[^1] > 0)
        {
            _sequences.AddSource(node, tensor.numel() / tensor.shape[^1]);
        }

        return node;
    }

    private static Operation InputOf(Tensor tensor)
    {
        TensorStatistics statistics = TensorMeasurement.Measure(tensor);
        return statistics is { IsFinite: true, Count: > 0 }
            ? new InputOperation(statistics.Rms * statistics.Rms, statistics.Mean)
            {
                // Samples, channels, and the positions of images or volumes; a tensor of three dimensions may be a sequence.
                Positions = tensor.dim() is 4 or 5 ? new EquatableList<long>(tensor.shape[2..]) : null,
            }
            : new UnknownOperation("the input is empty, or holds NaN or infinite elements");
    }

    private int AddUnknown(string reason) =>
        _builder.Add(new UnknownOperation(reason), null, Enumerable.Range(0, _builder.Count).ToArray());

    private void Remember(Tensor tensor, int node, Operation? part = null)
    {
        IntPtr identity = TensorIdentity.Of(tensor);
        if (_producers.Remove(identity, out Produced former))
        {
            // A module that works in place returns its input.
            former.Handle.Dispose();
        }

        // The handle keeps the address from being used again.
        _producers[identity] = new Produced(node, tensor.alias().DetachFromDisposeScope(), TensorMeasurement.Measure(tensor), part);
    }

    private readonly record struct Produced(int Node, Tensor Handle, TensorStatistics AtForward, Operation? Part);
}
