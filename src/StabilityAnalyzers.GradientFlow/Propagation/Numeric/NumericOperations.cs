namespace StabilityAnalyzers.GradientFlow;

/// <summary>Computes the nodes of a graph one by one on a tape, with random weights.</summary>
internal sealed class NumericOperations
{
    private readonly Tape tape;
    private readonly GraphGeometry model;
    private readonly NumericScale scale;
    private readonly Variable?[] values;
    private readonly Variable?[] cellStates;

    /// <param name="tape">The tape.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="model">Shapes in the model.</param>
    /// <param name="scale">How much is computed.</param>
    internal NumericOperations(Tape tape, ModelGraph graph, GraphGeometry model, NumericScale scale)
    {
        this.tape = tape;
        this.model = model;
        this.scale = scale;
        values = new Variable?[graph.Nodes.Count];
        cellStates = new Variable?[graph.Nodes.Count];
    }

    /// <summary>The value of a node; null if it cannot be computed.</summary>
    internal Variable? this[int id] => values[id];

    /// <summary>Computes a node whose inputs were computed before.</summary>
    internal void Compute(GraphNode node)
    {
        var inputs = new Variable[node.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            if (values[node.Inputs[i]] is not { } input)
            {
                return;
            }

            inputs[i] = input;
        }

        values[node.Id] = Value(node, inputs);
    }

    private Variable? Value(GraphNode node, Variable[] inputs) => node.Operation switch
    {
        InputOperation input => Data(node.Id, input.Mean, input.SecondMoment - (input.Mean * input.Mean)),
        EmbeddingOperation { BagSize: 1 } embedding => embedding.Weight.Mean is { } mean && embedding.Variance is { } variance
            ? Data(node.Id, mean, variance)
            : null,
        CellStateOperation => cellStates[node.Inputs[0]],
        RecurrentCellOperation or GatedCellOperation => inputs.Length > 0 ? Step(node, inputs) : null,
        BilinearOperation bilinear => inputs.Length == 2 ? Bilinear(inputs[0], inputs[1], bilinear) : null,
        AttentionOperation attention => inputs.Length is 1 or 3 ? Attend(inputs, attention) : null,
        TransformerOperation transformer => inputs.Length == (transformer.IsDecoder ? 2 : 1) ? Transform(inputs, transformer) : null,
        AddOperation add => Sum(inputs, add),
        MultiplyOperation => inputs.Length == 2 ? Elementwise.Multiply(tape, inputs[0], inputs[1]) : null,
        ConcatenationOperation => Join(node, inputs),
        SequenceOperation => Features.Sequence(tape, inputs),
        _ => inputs.Length == 1 ? OfOne(node, inputs[0]) : null,
    };

    private Variable? OfOne(GraphNode node, Variable x) => node.Operation switch
    {
        LinearOperation linear => Linear(node.Id, x, linear),
        ConvolutionOperation convolution => Convolve(x, convolution),
        RecurrentOperation recurrent => Run(node.Id, x, recurrent),
        ActivationOperation activation => Elementwise.Activate(tape, x, activation.Activation),
        NormalizationOperation normalization => Standardization.Apply(tape, x, normalization with { Groups = Groups(node, x, normalization.Groups) }),
        DropoutOperation dropout => Elementwise.Drop(tape, x, dropout),
        OffsetOperation offset => Elementwise.Affine(tape, x, 1, offset.Constant),
        ScaleOperation factor => Elementwise.Affine(tape, x, factor.Factor),
        PoolingOperation pooling => Pool(node, x, pooling),
        SelectOperation select => Features.Position(tape, x, (int)Math.Max(-x.Positions, Math.Min(x.Positions - 1, select.Position))),
        ReductionOperation reduction => Pooling.Reduce(tape, x, reduction.IsMean, Stretch(node)),
        FeatureSliceOperation slice => Slice(x, slice.Start, slice.Fraction),
        GatedLinearUnitOperation => Slice(x, 0, 0.5) is { } half && Slice(x, 0.5, 0.5) is { } gate
            ? Elementwise.Multiply(tape, half, Elementwise.Activate(tape, gate, Activations.Sigmoid))
            : null,
        SoftmaxOperation => model[node.Inputs[0]].Width is { } width ? Elementwise.Softmax(tape, x, x.Features / width) : null,
        ShapeOperation => Reshape(node.Id, x),
        _ => null,
    };

    private Variable? Data(int id, double mean, double variance)
    {
        if (model[id].Grid is not { } grid || !(variance >= 0))
        {
            return null;
        }

        var lengths = scale.Numeric[id].Grid ?? grid;
        var data = tape.New(scale.Samples, lengths.Select(length => (int)length).ToArray(), scale.Features(model[id].Width ?? 64));
        var std = Math.Sqrt(variance);
        for (var i = 0; i < data.Value.Length; i++)
        {
            data.Value[i] = mean + (std * tape.Random.Normal());
        }

        return data;
    }

    private Variable? Linear(int id, Variable x, LinearOperation linear)
    {
        if (Gain(linear, linear.InFeatures) is not { } gain || (model[id].Grid is null && x.Positions > 1))
        {
            return null;
        }

        var inputs = model.Flattens[id] ? x.Features * x.Positions : x.Features;
        var result = new Projection(tape.Random, inputs, scale.Features(linear.OutFeatures), gain).Apply(tape, x);
        return AddBias(result, linear) ? result : null;
    }

    private Variable? Convolve(Variable x, ConvolutionOperation convolution)
    {
        if (Gain(convolution, (double)convolution.InChannels / convolution.Groups) is not { } gain
            || (convolution.Window ?? DefaultWindows.Of(convolution)) is not { } window
            || WindowTaps.Of(x.Grid, window, convolution.Transposed) is not { } taps)
        {
            return null;
        }

        var result = ConvolutionProduct.Apply(tape, x, taps, convolution, scale.Features(convolution.OutChannels), gain);
        return AddBias(result, convolution) ? result : null;
    }

    private static double? Gain(WeightOperation operation, double fanIn) =>
        operation.Weight.Mean is 0 ? fanIn * operation.Weight.Variance(operation.WeightFans) : null;

    private bool AddBias(Variable x, WeightOperation operation)
    {
        if (operation.Bias is not { } bias)
        {
            return true;
        }

        return bias.Mean is { } mean && bias.VarianceFor(operation.WeightFans) is { } variance && AddBias(x, mean, variance);
    }

    private bool AddBias(Variable x, double mean, double variance)
    {
        var vector = new double[x.Features];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = mean + (Math.Sqrt(variance) * tape.Random.Normal());
        }

        Elementwise.AddBias(x, vector);
        return true;
    }

    // Sum over a and b of A x1_a x2_b: a random matrix for each of the second's features is one for their outer product.
    private Variable? Bilinear(Variable first, Variable second, BilinearOperation operation)
    {
        if (operation.Weight.Mean is not 0
            || operation.Weight.Variance(operation.WeightFans) is not { } variance
            || Elementwise.Outer(tape, first, second) is not { } outer)
        {
            return null;
        }

        var result = new Projection(
            tape.Random, outer.Features, scale.Features(operation.OutFeatures), (double)operation.FirstFeatures * operation.SecondFeatures * variance)
            .Apply(tape, outer);
        return operation.Bias is not { } bias || (bias is { Mean: { } mean } && bias.VarianceFor(new Fans(operation.FirstFeatures, 1)) is { } spread && AddBias(result, mean, spread))
            ? result
            : null;
    }

    private Variable? Run(int id, Variable x, RecurrentOperation operation)
    {
        if (x.Grid.Length == 0 || operation.Layers > 16)
        {
            return null;
        }

        var hidden = scale.Features(operation.HiddenSize);
        var sequence = x;
        for (var layer = 0; layer < operation.Layers; layer++)
        {
            long inputSize = layer == 0 ? operation.InputSize : operation.OutputSize;
            var directions = new List<Variable>();
            for (var direction = 0; direction < (operation.IsBidirectional ? 2 : 1); direction++)
            {
                if (RecurrentSteps.Draw(
                    tape, operation.Cell, operation.Activation, (inputSize, operation.HiddenSize), operation.Weights, sequence.Features, hidden) is not { } steps)
                {
                    return null;
                }

                var (states, cells) = steps.Run(sequence, isReversed: direction == 1);
                directions.Add(Features.Sequence(tape, states)!);
                cellStates[id] = cells.Count > 0 ? cells[cells.Count - 1] : null;
            }

            sequence = directions.Count == 1 ? directions[0] : Features.Join(tape, directions)!;
            if (layer < operation.Layers - 1 && operation.Dropout > 0)
            {
                sequence = Elementwise.Drop(tape, sequence, new DropoutOperation(operation.Dropout));
            }
        }

        return sequence;
    }

    private readonly Dictionary<string, RecurrentSteps> cells = [];

    private Variable? Step(GraphNode node, Variable[] inputs)
    {
        var (kind, activation, sizes, weights) = node.Operation switch
        {
            GatedCellOperation gated => (gated.Cell, Activations.Tanh, (gated.InputSize, gated.HiddenSize), gated.Weights),
            RecurrentCellOperation cell => (RecurrentKind.Rnn, cell.Activation, (cell.InputSize, cell.HiddenSize), new RecurrentWeights(cell.InputWeight, cell.HiddenWeight, cell.Bias)),
            _ => throw new InvalidOperationException("Only cells take steps."),
        };
        if (inputs[0].Positions > 1 || inputs.Length > (kind == RecurrentKind.Lstm ? 3 : 2))
        {
            return null;
        }

        // The same layer at the next step has the same weights.
        RecurrentSteps? steps = null;
        if (node.Path is null || !cells.TryGetValue(node.Path, out steps))
        {
            steps = RecurrentSteps.Draw(tape, kind, activation, sizes, weights, inputs[0].Features, scale.Features(sizes.HiddenSize));
            if (steps is not null && node.Path is not null)
            {
                cells[node.Path] = steps;
            }
        }

        if (steps is null)
        {
            return null;
        }

        var (hidden, state) = steps.Step(inputs[0], inputs.Length > 1 ? inputs[1] : null, inputs.Length > 2 ? inputs[2] : null);
        cellStates[node.Id] = state;
        return hidden;
    }

    private Variable? Attend(Variable[] inputs, AttentionOperation operation)
    {
        Variable query = inputs[0], key = inputs[inputs.Length == 3 ? 1 : 0], value = inputs[inputs.Length == 3 ? 2 : 0];
        return query.Grid.Length == 0 || key.Positions != value.Positions || key.Features != query.Features || value.Features != query.Features
            ? null
            : new TransformerBlock(
                tape, TransformerBlock.HeadsFor(operation.Width, operation.Heads, query.Features), operation.Dropout, operation.IsCausal)
                .Attend(query, key, value);
    }

    private Variable? Transform(Variable[] inputs, TransformerOperation operation)
    {
        if (inputs[0].Grid.Length == 0 || operation.Layers > 64)
        {
            return null;
        }

        var block = new TransformerBlock(
            tape, TransformerBlock.HeadsFor(operation.Width, operation.Heads, inputs[0].Features), operation.Dropout, operation.IsCausal, operation.IsXavier);
        var x = inputs[0];
        for (var layer = 0; layer < operation.Layers; layer++)
        {
            x = block.Layer(x, operation.IsDecoder ? inputs[1] : null, operation, scale.Features(operation.FeedForward));
        }

        return x;
    }

    // Groups of as many channels as in the model, where fewer channels are computed.
    private long Groups(GraphNode node, Variable x, long groups) =>
        model[node.Inputs[0]].Width is { } width ? Math.Max(1, (long)Math.Round(x.Features * groups / width)) : groups;

    // Positions in the model for each one that is computed.
    private double Stretch(GraphNode node) =>
        (model[node.Inputs[0]].Positions / scale.Numeric[node.Inputs[0]].Positions) ?? 1;

    private Variable? Pool(GraphNode node, Variable x, PoolingOperation pooling)
    {
        if (pooling.OutputSizes is { } sizes)
        {
            return Pooling.Adapt(tape, x, pooling, sizes.Select(size => (int)size).ToArray(), Stretch(node));
        }

        return (pooling.Window ?? DefaultWindows.Of(pooling)) is { } window && WindowTaps.Of(x.Grid, window, false) is { } taps
            ? Pooling.Apply(tape, x, pooling, taps)
            : null;
    }

    private Variable? Slice(Variable x, double start, double fraction)
    {
        var count = (int)Math.Round(x.Features * fraction);
        var from = (int)Math.Round(x.Features * start);
        return count >= 1 && from >= 0 && from + count <= x.Features ? Features.Slice(tape, x, from, count) : null;
    }

    private Variable? Sum(Variable[] inputs, AddOperation add)
    {
        if (add.Scales.Count != inputs.Length || inputs.Length == 0)
        {
            return null;
        }

        var sum = add.Scales[0] == 1 && inputs.Length > 1 ? inputs[0] : Elementwise.Affine(tape, inputs[0], add.Scales[0]);
        for (var i = 1; i < inputs.Length && sum is not null; i++)
        {
            sum = Elementwise.Add(tape, sum, inputs[i], 1, add.Scales[i]);
        }

        return sum;
    }

    // As many features of each as its share of the whole asks, up to the most that are computed.
    private Variable? Join(GraphNode node, Variable[] inputs)
    {
        var widths = node.Inputs.Select(id => model[id].Width ?? double.NaN).ToArray();
        var total = widths.Sum();
        if (inputs.Length == 0 || double.IsNaN(total))
        {
            return null;
        }

        var features = scale.Features(total);
        return Features.Join(
            tape,
            inputs.Select((x, i) => Features.Spread(tape, x, Math.Max(1, Math.Min(x.Features, (int)Math.Round(features * widths[i] / total))))).ToArray());
    }

    private Variable? Reshape(int id, Variable x)
    {
        if (scale.Numeric[id].Grid is not { } grid || x.Grid.Length > 0 || grid.Count == 0)
        {
            return scale.Numeric[id].Grid is null ? null : x;
        }

        var positions = (int)scale.Numeric[id].Positions!.Value;
        return x.Features % positions == 0
            ? Features.Unfold(tape, x, grid.Select(length => (int)length).ToArray(), x.Features / positions)
            : null;
    }
}
