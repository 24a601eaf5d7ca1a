namespace StabilityAnalyzers.GradientFlow;

/// <summary>One layer and direction of a recurrent network, with random weights that come back at every step.</summary>
internal sealed class RecurrentSteps
{
    private readonly Tape tape;
    private readonly RecurrentKind kind;
    private readonly Activation activation;
    private readonly int hidden;
    private readonly Projection[] fromInput;
    private readonly Projection[] fromHidden;
    private readonly double[][] biases;
    private readonly double[] innerBias;

    private RecurrentSteps(
        Tape tape, RecurrentKind kind, Activation activation, int hidden, Projection[] fromInput, Projection[] fromHidden, double[][] biases, double[] innerBias)
    {
        this.tape = tape;
        this.kind = kind;
        this.activation = activation;
        this.hidden = hidden;
        this.fromInput = fromInput;
        this.fromHidden = fromHidden;
        this.biases = biases;
        this.innerBias = innerBias;
    }

    /// <summary>Draws the weights.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="kind">Which kind of cell.</param>
    /// <param name="activation">The nonlinearity of an RNN.</param>
    /// <param name="sizes">Width of input and state in the model.</param>
    /// <param name="weights">Their distributions.</param>
    /// <param name="inputs">Width of the input here.</param>
    /// <param name="hidden">Width of the state here.</param>
    /// <returns>Null if a distribution is not known.</returns>
    internal static RecurrentSteps? Draw(
        Tape tape, RecurrentKind kind, Activation activation, (long Input, long Hidden) sizes, RecurrentWeights weights, int inputs, int hidden)
    {
        var gates = kind switch { RecurrentKind.Rnn => 1, RecurrentKind.Lstm => 4, _ => 3 };
        var isIdentity = weights.Hidden is IdentityInitializer && kind == RecurrentKind.Rnn;
        if (weights.Input.Mean is not 0
            || (weights.Hidden.Mean is not 0 && !isIdentity)
            || weights.Input.Variance(new Fans(sizes.Input, gates * sizes.Hidden)) is not { } inputVariance
            || (isIdentity ? 0 : weights.Hidden.Variance(new Fans(sizes.Hidden, gates * sizes.Hidden))) is not { } hiddenVariance
            || weights.Bias is { Mean: null } or { Variance: null }
            || weights.ForgetBias is { Mean: null } or { Variance: null })
        {
            return null;
        }

        var fromInput = new Projection[gates];
        var fromHidden = new Projection[gates];
        var biases = new double[gates][];
        for (var gate = 0; gate < gates; gate++)
        {
            fromInput[gate] = new Projection(tape.Random, inputs, hidden, sizes.Input * inputVariance);
            fromHidden[gate] = weights.Hidden switch
            {
                IdentityInitializer => Projection.Identity(hidden),
                OrthogonalInitializer orthogonal when kind == RecurrentKind.Rnn => Projection.Orthogonal(tape.Random, hidden, orthogonal.Gain),
                _ => new Projection(tape.Random, hidden, hidden, sizes.Hidden * hiddenVariance),
            };
            var bias = kind == RecurrentKind.Lstm && gate == 1 ? weights.ForgetBias ?? weights.Bias : weights.Bias;

            // The two biases of a GRU's candidate stand on both sides of the reset gate.
            biases[gate] = Vector(tape, bias, hidden, kind == RecurrentKind.Gru && gate == 2 ? 0.5 : 1);
        }

        return new RecurrentSteps(tape, kind, activation, hidden, fromInput, fromHidden, biases, Vector(tape, weights.Bias, hidden, 0.5));
    }

    /// <summary>Runs over a sequence.</summary>
    /// <param name="x">The sequence.</param>
    /// <param name="isReversed">Whether it is run over from its end.</param>
    /// <returns>The hidden state, and the cell state of an LSTM, after each step, in the order of the sequence.</returns>
    internal (IReadOnlyList<Variable> Hidden, IReadOnlyList<Variable> Cells) Run(Variable x, bool isReversed)
    {
        var pre = fromInput.Select(projection => projection.Apply(tape, x)).ToArray();
        var states = new Variable[x.Positions];
        var cells = new List<Variable>();
        Variable? h = null, c = null;
        for (var step = 0; step < x.Positions; step++)
        {
            var t = isReversed ? x.Positions - 1 - step : step;
            (h, c) = Step(pre.Select(sequence => Features.Position(tape, sequence, t)).ToArray(), h, c);
            states[t] = h;
            if (c is not null)
            {
                cells.Add(c);
            }
        }

        return (states, cells);
    }

    /// <summary>One step from a single input.</summary>
    internal (Variable Hidden, Variable? Cell) Step(Variable x, Variable? h, Variable? c) =>
        Step(fromInput.Select(projection => projection.Apply(tape, x)).ToArray(), h, c);

    private (Variable Hidden, Variable? Cell) Step(Variable[] fromX, Variable? h, Variable? c)
    {
        var gates = new Variable[fromX.Length];
        for (var gate = 0; gate < gates.Length; gate++)
        {
            var isCandidateOfGru = kind == RecurrentKind.Gru && gate == 2;
            gates[gate] = h is null || isCandidateOfGru
                ? Elementwise.Affine(tape, fromX[gate], 1)
                : Elementwise.Add(tape, fromX[gate], fromHidden[gate].Apply(tape, h))!;
            Elementwise.AddBias(gates[gate], biases[gate]);
        }

        switch (kind)
        {
            case RecurrentKind.Rnn:
                return (Elementwise.Activate(tape, gates[0], activation), null);
            case RecurrentKind.Lstm:
                // Gates in the order of TorchSharp: input, forget, cell, output.
                var input = Elementwise.Multiply(tape, Sigmoid(gates[0]), Tanh(gates[2]))!;
                var cell = c is null ? input : Elementwise.Add(tape, Elementwise.Multiply(tape, Sigmoid(gates[1]), c)!, input)!;
                return (Elementwise.Multiply(tape, Sigmoid(gates[3]), Tanh(cell))!, cell);
            default:
                // n = tanh(W x + r (U h)), h' = n + z (h - n).
                var reset = Sigmoid(gates[0]);
                var update = Sigmoid(gates[1]);
                var inner = h is null ? tape.New(gates[2].Samples, [], hidden) : fromHidden[2].Apply(tape, h);
                Elementwise.AddBias(inner, innerBias);
                var candidate = Tanh(Elementwise.Add(tape, gates[2], Elementwise.Multiply(tape, reset, inner)!)!);
                var difference = h is null ? Elementwise.Affine(tape, candidate, -1) : Elementwise.Add(tape, h, candidate, 1, -1)!;
                return (Elementwise.Add(tape, candidate, Elementwise.Multiply(tape, update, difference)!)!, null);
        }
    }

    private static double[] Vector(Tape tape, BiasInitializer? bias, int count, double share)
    {
        var vector = new double[count];
        if (bias is { Mean: { } mean, Variance: { } variance })
        {
            for (var i = 0; i < count; i++)
            {
                vector[i] = (share * mean) + (Math.Sqrt(share * variance) * tape.Random.Normal());
            }
        }

        return vector;
    }

    private Variable Sigmoid(Variable x) => Elementwise.Activate(tape, x, Activations.Sigmoid);

    private Variable Tanh(Variable x) => Elementwise.Activate(tape, x, Activations.Tanh);
}
