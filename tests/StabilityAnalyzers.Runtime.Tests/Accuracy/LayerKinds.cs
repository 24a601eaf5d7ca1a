using StabilityAnalyzers.GradientFlow;
using static TorchSharp.torch;

namespace StabilityAnalyzers.Runtime.Tests.Accuracy;

/// <summary>A network as a graph and the same one with plain TorchSharp.</summary>
/// <param name="Graph">What is predicted.</param>
/// <param name="Run">Makes the network anew and runs it: the output of the first layer with weights and the one of the last.</param>
internal sealed record LayerKindCase(ModelGraph Graph, Func<(Tensor First, Tensor Last)> Run);

/// <summary>Small networks, one for each kind of layer that stacks of linear layers do not cover.</summary>
internal static class LayerKinds
{
    private const int Batch = 32;

    internal static readonly Dictionary<string, Func<LayerKindCase>> Cases = new()
    {
        ["group norm"] = () => Convolutions(8, 32, 12, x => new NormalizationOperation(NormalizationKind.Group, "GroupNorm") { Groups = 8 }, () => nn.GroupNorm(8, 32, affine: false)),
        ["group norm, channels alone"] = () => Convolutions(8, 32, 12, x => new NormalizationOperation(NormalizationKind.Group, "GroupNorm") { Groups = 32 }, () => nn.GroupNorm(32, 32, affine: false)),
        ["instance norm"] = () => Convolutions(8, 32, 12, x => new NormalizationOperation(NormalizationKind.Instance, "InstanceNorm2d") { Dimensions = 2 }, () => nn.InstanceNorm2d(32)),
        ["batch norm 2d"] = () => Convolutions(8, 32, 12, x => new NormalizationOperation(NormalizationKind.Batch, "BatchNorm2d") { Dimensions = 2 }, () => nn.BatchNorm2d(32)),
        ["padding"] = () => Convolutions(12, 32, 8, null, null),
        ["max pool"] = () => Pooled(new PoolingOperation("MaxPool2d", false, 4, 4), () => nn.MaxPool2d(2)),
        ["average pool"] = () => Pooled(new PoolingOperation("AvgPool2d", true, 4, 4), () => nn.AvgPool2d(2)),
        ["norm pool"] = () => Pooled(new PoolingOperation("LPPool2d", false, 4, 4) { NormOrder = 2 }, () => nn.LPPool2d(2, 2)),
        ["overlapping max pool"] = () => Pooled(
            new PoolingOperation("MaxPool2d", false, 9, 4) { Window = Window(3, 2, 1) }, () => nn.MaxPool2d(3, 2, 1)),
        ["lstm, last step"] = () => Recurrent(RecurrentKind.Lstm, 1, false, true),
        ["lstm, all steps"] = () => Recurrent(RecurrentKind.Lstm, 1, false, false),
        ["lstm, two layers"] = () => Recurrent(RecurrentKind.Lstm, 2, false, false),
        ["lstm, both directions"] = () => Recurrent(RecurrentKind.Lstm, 1, true, false),
        ["gru, all steps"] = () => Recurrent(RecurrentKind.Gru, 1, false, false),
        ["gru, two layers"] = () => Recurrent(RecurrentKind.Gru, 2, true, false),
        ["rnn, all steps"] = () => Recurrent(RecurrentKind.Rnn, 1, false, false),
        ["rnn, two layers"] = () => Recurrent(RecurrentKind.Rnn, 2, false, false),
        ["lstm cells"] = () => Cells(RecurrentKind.Lstm, 12),
        ["gru cells"] = () => Cells(RecurrentKind.Gru, 12),
        ["transformer layers"] = Transformers,
        ["attention with residual"] = Attention,
        ["bilinear"] = Bilinear,
        ["glu"] = () => Chain(6, 64, 128, (b, x) => b.Add(new GatedLinearUnitOperation(), null, x), z => nn.functional.glu(z)),
        ["x sigmoid(x)"] = () => Chain(8, 96, 96, (b, x) => b.Add(new MultiplyOperation(), null, x, b.Add(new ActivationOperation(Activations.Sigmoid), null, x)), z => z * z.sigmoid()),
        ["x + relu(x)"] = () => Chain(8, 96, 96, (b, x) => b.Add(AddOperation.OfTwo, null, x, b.Add(new ActivationOperation(Activations.ReLU), null, x)), z => z + z.relu()),
        ["concatenation"] = Concatenation,
        ["highway"] = Highway,
        ["alpha dropout"] = () => Chain(8, 96, 96, (b, x) => b.Add(new DropoutOperation(0.2) { IsAlpha = true }, null, b.Add(new ActivationOperation(Activations.SELU), null, x)), z => nn.functional.alpha_dropout(z.selu(), 0.2, training: true)),
        ["transposed convolution"] = TransposedConvolutions,
        ["depthwise"] = Depthwise,
        ["sequence convolution"] = SequenceConvolutions,
    };

    private static LinearOperation LinearLayer(long inputs, long outputs) => new(inputs, outputs, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault);

    private static WindowGeometry Window(long size, long stride, long padding, int dimensions = 2) => new(
        All(size, dimensions), All(stride, dimensions), All(padding, dimensions), All(1, dimensions));

    private static EquatableList<long> All(long value, int dimensions) => new(Enumerable.Repeat(value, dimensions).ToArray());

    private static ConvolutionOperation Convolution(long inputs, long outputs, long groups = 1) =>
        new(2, inputs, outputs, 9, 1, groups, false, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault) { Window = Window(3, 1, 1) };

    private static LayerKindCase Convolutions(int depth, int channels, int side, Func<int, Operation>? norm, Func<nn.Module<Tensor, Tensor>>? realNorm)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i <= depth; i++)
        {
            x = builder.Add(Convolution(channels, channels), "conv" + i, x);
            if (i < depth)
            {
                x = norm is null ? x : builder.Add(norm(i), null, x);
                x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
            }
        }

        return new(builder.Build("Convolutions", x), () =>
        {
            Tensor? first = null;
            var y = randn(8, channels, side, side);
            for (var i = 0; i <= depth; i++)
            {
                y = Keep(nn.Conv2d(channels, channels, 3, padding: 1).call(y));
                first ??= y;
                if (i < depth)
                {
                    var z = realNorm is null ? y : realNorm().call(y);
                    y = z.relu();
                }
            }

            return (first!, y);
        });
    }

    private static LayerKindCase Pooled(PoolingOperation pooling, Func<nn.Module<Tensor, Tensor>> pool)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        var channels = new long[] { 3, 32, 32, 64 };
        for (var i = 0; i < 3; i++)
        {
            x = builder.Add(Convolution(channels[i], channels[i + 1]), "conv" + i, x);
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
            x = builder.Add(pooling, null, x);
        }

        x = builder.Add(new ShapeOperation("flatten"), null, x);
        x = builder.Add(LinearLayer(64 * 16, 10), "head", x);
        return new(builder.Build("Pooled", x), () =>
        {
            Tensor? first = null;
            var y = randn(8, 3, 32, 32);
            for (var i = 0; i < 3; i++)
            {
                y = Keep(nn.Conv2d(channels[i], channels[i + 1], 3, padding: 1).call(y));
                first ??= y;
                y = pool().call(y.relu());
            }

            return (first!, Keep(nn.Linear(64 * 16, 10).call(y.flatten(1))));
        });
    }

    private static LayerKindCase Recurrent(RecurrentKind kind, int layers, bool bidirectional, bool lastStep)
    {
        const int Inputs = 24, Width = 48, Hidden = 64, Steps = 20;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(LinearLayer(Inputs, Width), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(new RecurrentOperation(kind, Width, Hidden, RecurrentWeights.Default(Hidden)) { Layers = layers, IsBidirectional = bidirectional }, "recurrent", x);
        if (lastStep)
        {
            x = builder.Add(new SelectOperation(-1), null, x);
        }

        var outputs = bidirectional ? 2 * Hidden : Hidden;
        x = builder.Add(LinearLayer(outputs, 10), "head", x);
        return new(builder.Build("Recurrent", x), () =>
        {
            var first = Keep(nn.Linear(Inputs, Width).call(randn(Batch, Steps, Inputs)));
            var y = kind switch
            {
                RecurrentKind.Lstm => nn.LSTM(Width, Hidden, layers, batchFirst: true, bidirectional: bidirectional).call(first).Item1,
                RecurrentKind.Gru => nn.GRU(Width, Hidden, layers, batchFirst: true, bidirectional: bidirectional).call(first).Item1,
                _ => nn.RNN(Width, Hidden, layers, batchFirst: true, bidirectional: bidirectional).call(first).Item1,
            };
            return (first, Keep(nn.Linear(outputs, 10).call(lastStep ? y.select(1, -1) : y)));
        });
    }

    private static LayerKindCase Cells(RecurrentKind kind, int steps)
    {
        const int Inputs = 24, Hidden = 64;
        var operation = new GatedCellOperation(kind, Inputs, Hidden, RecurrentWeights.Default(Hidden));
        var builder = new ModelGraphBuilder();
        int? h = null, c = null;
        for (var step = 0; step < steps; step++)
        {
            var x = builder.Add(new InputOperation(), null);
            h = builder.Add(operation, "cell", new[] { x, h, c }.OfType<int>().ToArray());
            c = kind == RecurrentKind.Lstm ? builder.Add(new CellStateOperation(), null, h.Value) : null;
        }

        return new(builder.Build("Cells", h!.Value), () =>
        {
            Tensor? first = null, state = null, cells = null;
            var lstm = nn.LSTMCell(Inputs, Hidden);
            var gru = nn.GRUCell(Inputs, Hidden);
            for (var step = 0; step < steps; step++)
            {
                var x = randn(Batch, Inputs);
                if (kind == RecurrentKind.Lstm)
                {
                    // Without a state the cell of TorchSharp 0.107 throws.
                    (state, cells) = lstm.call(x, state is null ? (zeros(Batch, Hidden), zeros(Batch, Hidden)) : (state, cells!));
                }
                else
                {
                    state = gru.call(x, state!);
                }

                Keep(state!);
                first ??= state;
            }

            return (first!, state!);
        });
    }

    private static LayerKindCase Transformers()
    {
        const int Width = 64;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new EmbeddingOperation(Width, WeightInitializer.Normal(0, 1)), "embedding");
        for (var i = 0; i < 4; i++)
        {
            x = builder.Add(new TransformerOperation(Width, 4, 128, Activations.ReLU) { Dropout = 0.1 }, "layer" + i, x);
        }

        x = builder.Add(LinearLayer(Width, 50), "head", x);
        return new(builder.Build("Transformer", x), () =>
        {
            var first = Keep(nn.Embedding(100, Width).call(randint(0, 100, [16, Batch])));
            var y = first;
            for (var i = 0; i < 4; i++)
            {
                y = nn.TransformerEncoderLayer(Width, 4, 128).call(y);
            }

            return (first, Keep(nn.Linear(Width, 50).call(y)));
        });
    }

    private static LayerKindCase Attention()
    {
        const int Width = 64;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(LinearLayer(Width, Width), "first", builder.Add(new InputOperation(), null));
        for (var i = 0; i < 3; i++)
        {
            var attended = builder.Add(new AttentionOperation(Width, 4), "attention" + i, x, x, x);
            x = builder.Add(AddOperation.OfTwo, null, x, attended);
            x = builder.Add(new NormalizationOperation(NormalizationKind.Layer, "LayerNorm"), null, x);
        }

        x = builder.Add(LinearLayer(Width, 10), "head", x);
        return new(builder.Build("Attention", x), () =>
        {
            var first = Keep(nn.Linear(Width, Width).call(randn(16, Batch, Width)));
            var y = first;
            for (var i = 0; i < 3; i++)
            {
                y = nn.LayerNorm(Width).call(y + nn.MultiheadAttention(Width, 4).call(y, y, y).Item1);
            }

            return (first, Keep(nn.Linear(Width, 10).call(y)));
        });
    }

    private static LayerKindCase Bilinear()
    {
        const int Width = 48;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(LinearLayer(Width, Width), "first", builder.Add(new InputOperation(), null));
        var other = builder.Add(LinearLayer(Width, 32), "other", builder.Add(new InputOperation(), null));
        x = builder.Add(new ActivationOperation(Activations.Tanh), null, x);
        x = builder.Add(new BilinearOperation(Width, 32, 40, BilinearOperation.DefaultWeight(Width), BilinearOperation.DefaultBias(Width)), "bilinear", x, other);
        x = builder.Add(LinearLayer(40, 10), "head", builder.Add(new ActivationOperation(Activations.Tanh), null, x));
        return new(builder.Build("Bilinear", x), () =>
        {
            var first = Keep(nn.Linear(Width, Width).call(randn(Batch, Width)));
            var second = nn.Linear(Width, 32).call(randn(Batch, Width));
            var y = nn.Bilinear(Width, 32, 40).call(first.tanh(), second);
            return (first, Keep(nn.Linear(40, 10).call(y.tanh())));
        });
    }

    // Linear layers of given width, and something between them that may halve it.
    private static LayerKindCase Chain(int depth, int inputs, int outputs, Func<ModelGraphBuilder, int, int> between, Func<Tensor, Tensor> real)
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i <= depth; i++)
        {
            x = builder.Add(LinearLayer(inputs, outputs), "fc" + i, x);
            x = i < depth ? between(builder, x) : x;
        }

        return new(builder.Build("Chain", x), () =>
        {
            Tensor? first = null;
            var y = randn(Batch, inputs);
            for (var i = 0; i <= depth; i++)
            {
                var z = Keep(nn.Linear(inputs, outputs).call(y));
                first ??= z;
                y = i < depth ? real(z) : z;
            }

            return (first!, y);
        });
    }

    // Dense connections: every layer reads all that came before it.
    private static LayerKindCase Concatenation()
    {
        const int Width = 48, Growth = 32, Depth = 5;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(LinearLayer(Width, Width), "first", builder.Add(new InputOperation(), null));
        for (var i = 0; i < Depth; i++)
        {
            var z = builder.Add(LinearLayer(Width + (i * Growth), Growth), "fc" + i, x);
            x = builder.Add(new ConcatenationOperation(new EquatableList<long?>(Width + (i * Growth), Growth)), null, x, builder.Add(new ActivationOperation(Activations.ReLU), null, z));
        }

        x = builder.Add(LinearLayer(Width + (Depth * Growth), 10), "head", x);
        return new(builder.Build("Dense", x), () =>
        {
            var first = Keep(nn.Linear(Width, Width).call(randn(Batch, Width)));
            var y = first;
            for (var i = 0; i < Depth; i++)
            {
                y = cat([y, nn.Linear(Width + (i * Growth), Growth).call(y).relu()], 1);
            }

            return (first, Keep(nn.Linear(Width + (Depth * Growth), 10).call(y)));
        });
    }

    private static LayerKindCase Highway()
    {
        const int Width = 64, Depth = 6;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(LinearLayer(Width, Width), "first", builder.Add(new InputOperation(), null));
        for (var i = 0; i < Depth; i++)
        {
            var gate = builder.Add(new ActivationOperation(Activations.Sigmoid), null, builder.Add(LinearLayer(Width, Width), "gate" + i, x));
            var h = builder.Add(new ActivationOperation(Activations.ReLU), null, builder.Add(LinearLayer(Width, Width), "fc" + i, x));
            var open = builder.Add(new MultiplyOperation(), null, gate, h);
            var kept = builder.Add(new MultiplyOperation(), null, gate, x);

            // t h + (1 - t) x
            x = builder.Add(new AddOperation(new EquatableList<double>(1, 1, -1)), null, open, x, kept);
        }

        x = builder.Add(LinearLayer(Width, 10), "head", x);
        return new(builder.Build("Highway", x), () =>
        {
            var first = Keep(nn.Linear(Width, Width).call(randn(Batch, Width)));
            var y = first;
            for (var i = 0; i < Depth; i++)
            {
                var gate = nn.Linear(Width, Width).call(y).sigmoid();
                y = (gate * nn.Linear(Width, Width).call(y).relu()) + ((1 - gate) * y);
            }

            return (first, Keep(nn.Linear(Width, 10).call(y)));
        });
    }

    private static LayerKindCase TransposedConvolutions()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(LinearLayer(32, 64 * 16), "first", builder.Add(new InputOperation(), null));
        x = builder.Add(new ShapeOperation("view"), null, x);
        foreach (var (inputs, outputs) in new[] { (64, 32), (32, 32), (32, 3) })
        {
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
            x = builder.Add(
                new ConvolutionOperation(2, inputs, outputs, 16, 4, 1, true, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault) { Window = Window(4, 2, 1) },
                "up" + inputs + outputs,
                x);
        }

        return new(builder.Build("Transposed", x), () =>
        {
            var first = Keep(nn.Linear(32, 64 * 16).call(randn(Batch, 32)));
            var y = first.view(Batch, 64, 4, 4);
            y = nn.ConvTranspose2d(64, 32, 4, 2, 1).call(y.relu());
            y = nn.ConvTranspose2d(32, 32, 4, 2, 1).call(y.relu());
            return (first, Keep(nn.ConvTranspose2d(32, 3, 4, 2, 1).call(y.relu())));
        });
    }

    private static LayerKindCase Depthwise()
    {
        const int Channels = 32, Depth = 4;
        var builder = new ModelGraphBuilder();
        var x = builder.Add(Convolution(Channels, Channels), "first", builder.Add(new InputOperation(), null));
        for (var i = 0; i < Depth; i++)
        {
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
            x = builder.Add(Convolution(Channels, Channels, Channels), "depth" + i, x);
            x = builder.Add(new ActivationOperation(Activations.ReLU), null, x);
            x = builder.Add(
                new ConvolutionOperation(2, Channels, Channels, 1, 1, 1, false, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault) { Window = Window(1, 1, 0) },
                "point" + i,
                x);
        }

        return new(builder.Build("Depthwise", x), () =>
        {
            var first = Keep(nn.Conv2d(Channels, Channels, 3, padding: 1).call(randn(8, Channels, 12, 12)));
            var y = first;
            for (var i = 0; i < Depth; i++)
            {
                y = nn.Conv2d(Channels, Channels, 3, padding: 1, groups: Channels).call(y.relu());
                y = nn.Conv2d(Channels, Channels, 1).call(y.relu());
            }

            return (first, Keep(y));
        });
    }

    private static LayerKindCase SequenceConvolutions()
    {
        var builder = new ModelGraphBuilder();
        var x = builder.Add(new InputOperation(), null);
        for (var i = 0; i < 6; i++)
        {
            x = builder.Add(
                new ConvolutionOperation(1, 32, 32, 3, 1, 1, false, WeightInitializer.TorchDefault, BiasInitializer.TorchDefault)
                {
                    Window = new WindowGeometry(All(3, 1), All(1, 1), All(2, 1), All(2, 1)),
                },
                "conv" + i,
                x);
            x = i < 5 ? builder.Add(new ActivationOperation(Activations.Tanh), null, x) : x;
        }

        return new(builder.Build("Sequence", x), () =>
        {
            Tensor? first = null;
            var y = randn(8, 32, 40);
            for (var i = 0; i < 6; i++)
            {
                y = Keep(nn.Conv1d(32, 32, 3, padding: 2, dilation: 2).call(y));
                first ??= y;
                y = i < 5 ? y.tanh() : y;
            }

            return (first!, y);
        });
    }

    private static Tensor Keep(Tensor tensor)
    {
        tensor.retain_grad();
        return tensor;
    }
}
