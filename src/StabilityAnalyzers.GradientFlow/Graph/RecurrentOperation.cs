namespace StabilityAnalyzers.GradientFlow;

/// <summary>The recurrent layers of TorchSharp.</summary>
public enum RecurrentKind
{
    /// <summary>h' = phi(W x + U h + b).</summary>
    Rnn,

    /// <summary>Long short-term memory: a cell state behind a forget, an input and an output gate (Gers 2000).</summary>
    Lstm,

    /// <summary>Gated recurrent unit: an update and a reset gate (Cho 2014).</summary>
    Gru,
}

/// <summary>
/// A recurrent layer that runs over a sequence by itself. Its output, and so its error signal, is the sequence of the hidden
/// states of its last layer.
/// </summary>
/// <param name="Cell">Which one.</param>
/// <param name="InputSize">Width of the input.</param>
/// <param name="HiddenSize">Width of the hidden state.</param>
/// <param name="Weights">How the weights of each layer and direction are initialised.</param>
public sealed record RecurrentOperation(RecurrentKind Cell, long InputSize, long HiddenSize, RecurrentWeights Weights) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Cell switch
    {
        RecurrentKind.Rnn => "RNN",
        RecurrentKind.Lstm => "LSTM",
        _ => "GRU",
    };

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;

    /// <summary>The nonlinearity of the state: tanh but for an RNN that was told otherwise.</summary>
    public Activation Activation { get; init; } = Activations.Tanh;

    /// <summary>Layers on top of each other.</summary>
    public long Layers { get; init; } = 1;

    /// <summary>True if a second network runs from the end to the start; the output is twice as wide then.</summary>
    public bool IsBidirectional { get; init; }

    /// <summary>Probability of dropout between the layers.</summary>
    public double Dropout { get; init; }

    /// <summary>Number of time steps; null if it is not known.</summary>
    public long? SequenceLength { get; init; }

    /// <summary>Width of the output.</summary>
    public long OutputSize => HiddenSize * (IsBidirectional ? 2 : 1);
}

/// <summary>
/// One time step of an LSTM or a GRU. Its inputs are x, h and, for the LSTM, the <see cref="CellStateOperation"/> before; x
/// alone where the state is zero. Its output, and so its error signal, is the new h.
/// </summary>
/// <param name="Cell">LSTM or GRU.</param>
/// <param name="InputSize">Width of x.</param>
/// <param name="HiddenSize">Width of h.</param>
/// <param name="Weights">How the weights are initialised.</param>
public sealed record GatedCellOperation(RecurrentKind Cell, long InputSize, long HiddenSize, RecurrentWeights Weights) : Operation
{
    /// <inheritdoc/>
    public override string Kind => Cell == RecurrentKind.Lstm ? "LSTMCell" : "GRUCell";

    /// <inheritdoc/>
    public override bool IsWeightLayer => true;
}

/// <summary>
/// The cell state c of the <see cref="GatedCellOperation"/> or <see cref="RecurrentOperation"/> (after the last step) that it
/// reads.
/// </summary>
public sealed record CellStateOperation : Operation
{
    /// <inheritdoc/>
    public override string Kind => "CellState";
}

/// <summary>How the weights of a recurrent layer are initialised.</summary>
/// <param name="Input">The weights of the input, one matrix for each gate.</param>
/// <param name="Hidden">The weights of the hidden state, one matrix for each gate.</param>
/// <param name="Bias">The sum of both biases; null if there are none.</param>
public sealed record RecurrentWeights(WeightInitializer Input, WeightInitializer Hidden, BiasInitializer? Bias)
{
    /// <summary>The sum of both biases of the forget gate of an LSTM, where it differs from the others; null if it does not.</summary>
    public BiasInitializer? ForgetBias { get; init; }

    /// <summary>TorchSharp's default: every weight and both biases U(+-1/sqrt(hidden)).</summary>
    /// <param name="hiddenSize">Width of the hidden state.</param>
    /// <param name="hasBias">Whether there are biases.</param>
    public static RecurrentWeights Default(long hiddenSize, bool hasBias = true)
    {
        var weight = WeightInitializer.Fixed("default", 0, 1.0 / (3 * hiddenSize));
        return new RecurrentWeights(weight, weight, hasBias ? new BiasInitializer(0, 2.0 / (3 * hiddenSize)) : null);
    }

    /// <summary>Weights that are not known.</summary>
    /// <param name="reason">Why, in words for a person.</param>
    public static RecurrentWeights Unknown(string reason) =>
        new(WeightInitializer.Unknown(reason), WeightInitializer.Unknown(reason), BiasInitializer.Unknown);
}
