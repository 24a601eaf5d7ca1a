using StabilityAnalyzers.GradientFlow;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime;

/// <summary>
/// The recurrent layers and cells of a live model as operations. TorchSharp does not say how they were made: sizes, layers and
/// directions follow from the names and shapes of the weights, the nonlinearity of a simple one from what it returned.
/// </summary>
internal static class RecurrentModules
{
    /// <summary>Whether a module carries a state from step to step, which it may be called with.</summary>
    public static bool HasState(nn.Module module) => module is LSTM or GRU or RNN or LSTMCell or GRUCell or RNNCell;

    /// <summary>The operation of a recurrent layer or cell.</summary>
    /// <param name="module">The module, one for which <see cref="HasState"/> holds.</param>
    /// <param name="output">What it returned, the first tensor of it; null if it was not seen yet.</param>
    public static Operation Of(nn.Module module, Tensor? output) => module switch
    {
        LSTM => OfLayer(module, RecurrentKind.Lstm, Activations.Tanh),
        GRU => OfLayer(module, RecurrentKind.Gru, Activations.Tanh),
        RNN => output is null ? NotSeen(module) : OfLayer(module, RecurrentKind.Rnn, NonlinearityOf(output)),
        LSTMCell { weight_ih: { } input, weight_hh: { } hidden } cell =>
            new GatedCellOperation(RecurrentKind.Lstm, input.shape[1], hidden.shape[1], Weights(RecurrentKind.Lstm, [new(input, hidden, cell.bias_ih, cell.bias_hh)])),
        GRUCell { weight_ih: { } input, weight_hh: { } hidden } cell =>
            new GatedCellOperation(RecurrentKind.Gru, input.shape[1], hidden.shape[1], Weights(RecurrentKind.Gru, [new(input, hidden, cell.bias_ih, cell.bias_hh)])),
        RNNCell { weight_ih: { } input, weight_hh: { } hidden } cell =>
            output is null ? NotSeen(module) : OfSimpleCell(NonlinearityOf(output), new(input, hidden, cell.bias_ih, cell.bias_hh)),
        _ => new UnknownOperation($"{ModuleTree.KindOf(module)} without weights"),
    };

    /// <summary>Time steps of a sequence that went through a layer: what is not batch in its elements.</summary>
    /// <param name="operation">The layer.</param>
    /// <param name="sequence">What went in.</param>
    /// <param name="state">Its last hidden state, [layers and directions, batch, features], without the batch for a single sequence.</param>
    public static long? StepsOf(RecurrentOperation operation, Tensor sequence, Tensor state)
    {
        long batch = state.dim() == 3 ? state.shape[1] : 1;
        return sequence.dim() == state.dim() && batch > 0 && sequence.numel() % (batch * operation.InputSize) == 0
            ? sequence.numel() / (batch * operation.InputSize)
            : null;
    }

    private static UnknownOperation NotSeen(nn.Module module) => new($"{ModuleTree.KindOf(module)} does not say which nonlinearity it has before it has run");

    // Only tanh is ever negative.
    private static Activation NonlinearityOf(Tensor output) => TensorMeasurement.Measure(output).Min < 0 ? Activations.Tanh : Activations.ReLU;

    private static Operation OfLayer(nn.Module module, RecurrentKind kind, Activation activation)
    {
        string name = ModuleTree.KindOf(module);
        Dictionary<string, Parameter> parameters = module.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        var parts = new List<Part>();
        int layers = 0;
        for (; parameters.ContainsKey($"weight_ih_l{layers}"); layers++)
        {
            foreach (string direction in new[] { "", "_reverse" })
            {
                string suffix = $"_l{layers}{direction}";
                if (parameters.TryGetValue("weight_ih" + suffix, out Parameter? input) && parameters.TryGetValue("weight_hh" + suffix, out Parameter? hidden))
                {
                    parts.Add(new(input, hidden, parameters.GetValueOrDefault("bias_ih" + suffix), parameters.GetValueOrDefault("bias_hh" + suffix)));
                }
            }
        }

        if (parts.Count == 0)
        {
            return new UnknownOperation($"{name} without weights");
        }

        // A projection makes the hidden state narrower than the gates.
        if (parameters.ContainsKey("weight_hr_l0"))
        {
            return new UnknownOperation($"{name} with a projection is not modelled");
        }

        return layers > 1 && module.training
            ? new UnknownOperation($"{name} does not say which dropout it has between its layers")
            : new RecurrentOperation(kind, parts[0].Input.shape[1], parts[0].Hidden.shape[1], Weights(kind, parts))
            {
                Activation = activation,
                Layers = layers,
                IsBidirectional = parts.Count > layers,
            };
    }

    private static RecurrentCellOperation OfSimpleCell(Activation activation, Part part)
    {
        RecurrentWeights weights = Weights(RecurrentKind.Rnn, [part]);
        return new(part.Input.shape[1], part.Hidden.shape[1], activation, weights.Input, weights.Hidden, weights.Bias);
    }

    // One distribution stands for the layers and directions; a forget gate may have a bias of its own (Gers 2000).
    private static RecurrentWeights Weights(RecurrentKind kind, IReadOnlyList<Part> parts)
    {
        long hidden = parts[0].Hidden.shape[1];
        bool hasForgetGate = kind == RecurrentKind.Lstm;
        return new RecurrentWeights(
            Pool(parts.Select(part => WeightMoments.Of(part.Input))),
            Pool(parts.Select(part => WeightMoments.Of(part.Hidden))),
            Pool(parts.Select(part => BiasOf(part, hasForgetGate ? [(0, hidden), (2 * hidden, 2 * hidden)] : null))))
        {
            ForgetBias = hasForgetGate ? Pool(parts.Select(part => BiasOf(part, [(hidden, hidden)]))) : null,
        };
    }

    private static WeightInitializer Pool(IEnumerable<WeightInitializer> weights)
    {
        WeightInitializer[] all = [.. weights];
        if (all.Any(weight => weight.Mean is null || weight.Variance(default) is null))
        {
            return all.First(weight => weight.Mean is null || weight.Variance(default) is null);
        }

        double mean = all.Average(weight => weight.Mean!.Value);
        double square = all.Average(weight => weight.Variance(default)!.Value + (weight.Mean!.Value * weight.Mean.Value));
        return all.Length == 1 ? all[0] : WeightInitializer.Fixed("measured", mean, square - (mean * mean));
    }

    private static BiasInitializer? Pool(IEnumerable<BiasInitializer?> biases)
    {
        BiasInitializer[] all = [.. biases.OfType<BiasInitializer>()];
        if (all.Length <= 1 || all.Any(bias => bias.Mean is null || bias.Variance is null))
        {
            return all.FirstOrDefault();
        }

        double mean = all.Average(bias => bias.Mean!.Value);
        double square = all.Average(bias => bias.Variance!.Value + (bias.Mean!.Value * bias.Mean.Value));
        return new BiasInitializer(mean, square - (mean * mean));
    }

    // The sum of both biases, of some of the gates.
    private static BiasInitializer? BiasOf(Part part, (long Start, long Length)[]? gates)
    {
        if (part.InputBias is null || part.HiddenBias is null)
        {
            return null;
        }

        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor sum = part.InputBias + part.HiddenBias;
        return WeightMoments.OfBias(gates is null ? sum : cat(gates.Select(gate => sum.narrow(0, gate.Start, gate.Length)).ToArray()));
    }

    private sealed record Part(Parameter Input, Parameter Hidden, Parameter? InputBias, Parameter? HiddenBias);
}
