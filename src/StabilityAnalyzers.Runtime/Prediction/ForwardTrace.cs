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

        Tensor[] inputs = arguments.All.SelectMany(TensorsWithin.Of).Where(tensor => !tensor.IsInvalid).ToArray();
        Operation operation = OperationOf(module, inputs, result);
        HashSet<IntPtr> outputs = TensorsWithin.Of(result).Where(tensor => !tensor.IsInvalid).Select(TensorIdentity.Of).ToHashSet();
        int[] sources = operation is InputOperation
            ? []
            : inputs.Select(input => Resolve(input, wasChanged: outputs.Contains(TensorIdentity.Of(input)))).Distinct().ToArray();
        if (operation is not UnknownOperation and not InputOperation && !TakesSources(operation, sources.Length))
        {
            operation = new UnknownOperation($"{ModuleTree.KindOf(module)} of {sources.Length} tensors is not modelled");
        }

        _last = _builder.Add(operation, path, sources);
        foreach (Tensor output in TensorsWithin.Of(result))
        {
            Remember(output, _last.Value);
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

        return _builder.Build(name, outputs);
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

    private Operation OperationOf(nn.Module module, Tensor[] inputs, object? result)
    {
        // The moments of the weights are measured once for a module that is called again and again.
        if (!_operations.TryGetValue(module, out Operation? operation))
        {
            _operations[module] = operation = module is RNNCell cell && result is Tensor state
                ? ModuleOperations.OfCell(cell, state)
                : ModuleOperations.Of(module);
        }

        // An adaptive pooling takes its window from the sizes.
        return operation is PoolingOperation { WindowElements: null } pooling
            && inputs is [var input] && result is Tensor output && output.numel() > 0 && input.numel() % output.numel() == 0
            ? pooling with { WindowElements = input.numel() / output.numel(), StrideElements = input.numel() / output.numel() }
            : operation;
    }

    // A recurrent cell reads its input and, but for the first step, the state before.
    private static bool TakesSources(Operation operation, int count) =>
        count == 1 || (count == 2 && operation is RecurrentCellOperation);

    /// <summary>The node that a tensor comes from.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="wasChanged">Whether the module that is looked at changed it itself, as one that works in place does.</param>
    private int Resolve(Tensor tensor, bool wasChanged)
    {
        if (_producers.TryGetValue(TensorIdentity.Of(tensor), out Produced produced))
        {
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

        TensorStatistics statistics = TensorMeasurement.Measure(tensor);
        return _builder.Add(
            statistics is { IsFinite: true, Count: > 0 }
                ? new InputOperation(statistics.Rms * statistics.Rms, statistics.Mean)
                {
                    // Samples, channels, and the positions of images or volumes; a tensor of three dimensions may be a sequence.
                    Positions = tensor.dim() is 4 or 5 ? new EquatableList<long>(tensor.shape[2..]) : null,
                }
                : new UnknownOperation("the input is empty, or holds NaN or infinite elements"),
            null);
    }

    private int AddUnknown(string reason) =>
        _builder.Add(new UnknownOperation(reason), null, Enumerable.Range(0, _builder.Count).ToArray());

    private void Remember(Tensor tensor, int node)
    {
        IntPtr identity = TensorIdentity.Of(tensor);
        if (_producers.Remove(identity, out Produced former))
        {
            // A module that works in place returns its input.
            former.Handle.Dispose();
        }

        // The handle keeps the address from being used again.
        _producers[identity] = new Produced(node, tensor.alias().DetachFromDisposeScope(), TensorMeasurement.Measure(tensor));
    }

    private readonly record struct Produced(int Node, Tensor Handle, TensorStatistics AtForward);
}
