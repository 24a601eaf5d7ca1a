using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.RunLog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StabilityAnalyzers.Runtime.Tests;

/// <summary>
/// Recurrent layers and cells, tables and bilinear layers of a live model: what is predicted of them is what is then
/// measured, and what TorchSharp does not tell is unknown.
/// </summary>
public class SequenceModelTests
{
    private const int Steps = 14, Batch = 48, Width = 48;

    [Theory]
    [InlineData("LSTM")]
    [InlineData("GRU")]
    [InlineData("RNN")]
    [InlineData("RNN, relu")]
    [InlineData("LSTM, batch first")]
    [InlineData("LSTM, both directions")]
    [InlineData("LSTM, forget bias 2")]
    [InlineData("GRU, small weights")]
    [InlineData("LSTM, from zero")]
    [InlineData("Embedding and GRU")]
    [InlineData("LSTMCell, from zero")]
    [InlineData("GRUCell")]
    [InlineData("RNNCell")]
    [InlineData("Bilinear")]
    public void WhatIsPredictedIsMeasured(string kind)
    {
        // An error signal that is independent from step to step, as the prediction supposes.
        Dictionary<string, double> off = DecadesOff(kind, output => (output * randn_like(output)).sum());

        // The first layer, what the case is about, and the head.
        Assert.True(off.Count >= 3, string.Join(", ", off.Keys));
        Assert.All(off, layer => Assert.True(Math.Abs(layer.Value) < 0.12, $"{layer.Key}: {layer.Value:F3} decades off"));
    }

    [Theory]
    [InlineData("LSTM", 0.15, 0.35)]
    [InlineData("GRU", 0.1, 0.3)]
    [InlineData("LSTM, forget bias 2", 0.35, 0.6)]
    public void AnErrorSignalThatIsAlikeAtAllStepsAddsUpToMore(string kind, double least, double most) =>
        Assert.InRange(DecadesOff(kind, output => output.pow(2).sum())["fc0"], least, most);

    // Of each layer, the mean over seeds of log10 of what is measured over what is predicted.
    private static Dictionary<string, double> DecadesOff(string kind, Func<Tensor, Tensor> lossOf)
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(17);
        var off = new Dictionary<string, List<double>>();
        for (int seed = 0; seed < 4; seed++)
        {
            var model = new SequenceModel(kind);
            using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
            for (int step = 0; step < 2; step++)
            {
                Tensor loss = lossOf(model.call(Data(kind)));
                loss.backward();
                recorder.Record(loss);
                model.zero_grad();
            }

            Assert.Empty(recorder.Problems);
            Assert.True(recorder.Prediction!.IsComplete, string.Join("; ", recorder.Prediction.Graph.Unknowns));
            foreach (LayerSummary layer in recorder.Summary.Layers)
            {
                Assert.True(layer.DecadesOff is not null, $"{layer.Path}: nothing is predicted.");
                off.TryAdd(layer.Path, []);
                off[layer.Path].Add(layer.DecadesOff.Value);
            }
        }

        return off.ToDictionary(layer => layer.Key, layer => layer.Value.Average());
    }

    [Fact]
    public void TheStepsOfTheDataAreKnownFromTheLayerThatReadsThem()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (string kind in new[] { "LSTM", "LSTM, batch first", "Embedding and GRU" })
        {
            var model = new SequenceModel(kind);
            using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
            model.call(Data(kind)).sum().backward();
            recorder.Record();
            ModelGraph graph = recorder.Prediction!.Graph;
            Assert.Equal(Steps, graph.Nodes.Select(node => node.Operation).OfType<RecurrentOperation>().Single().SequenceLength);
            EquatableList<long>? positions = graph.Nodes[0].Operation is EmbeddingOperation table ? table.Positions : ((InputOperation)graph.Nodes[0].Operation).Positions;
            Assert.Equal([Steps], positions);
        }
    }

    [Fact]
    public void TheVectorsOfABagAreData()
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new SequenceModel("EmbeddingBag");
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        model.call(randint(0, 100, [Batch, 5])).sum().backward();
        recorder.Record();
        Assert.True(recorder.Prediction!.IsComplete);

        // The mean of five vectors of variance 1.
        Assert.InRange(Assert.IsType<InputOperation>(recorder.Prediction.Graph.Nodes[0].Operation).SecondMoment, 0.17, 0.23);
    }

    [Theory]
    [InlineData("LSTM, two layers", "dropout")]
    [InlineData("LSTM, state read", "last state")]
    [InlineData("GRU, state given", "of 2 tensors")]
    [InlineData("MultiheadAttention", "how many heads")]
    [InlineData("TransformerEncoderLayer", "which heads")]
    public void WhatALayerDoesNotTellIsUnknown(string kind, string reason)
    {
        using DisposeScope scope = NewDisposeScope();
        var model = new SequenceModel(kind);
        using var recorder = GradientRecorder.Attach(model, TestModels.InMemory);
        model.call(Data(kind)).sum().backward();
        recorder.Record();
        Assert.Contains(recorder.Prediction!.Graph.Unknowns, unknown => unknown.Contains(reason, StringComparison.Ordinal));
        LayerInfo first = recorder.Run.Layers.Single(layer => layer.Path == "fc0");
        Assert.Null(first.DepthFactor);
        Assert.Null(first.GradientRatio);
        Assert.Empty(recorder.Problems);
    }

    [Fact]
    public void LayersWithoutDropoutBetweenThemAreKnownInEvaluationMode()
    {
        using DisposeScope scope = NewDisposeScope();
        LSTM lstm = LSTM(4, 8, numLayers: 3, bidirectional: true);
        lstm.eval();
        RecurrentOperation operation = Assert.IsType<RecurrentOperation>(ModuleOperations.Of(lstm));
        Assert.Equal((RecurrentKind.Lstm, 4L, 8L, 3L, true), (operation.Cell, operation.InputSize, operation.HiddenSize, operation.Layers, operation.IsBidirectional));
        Assert.Equal(1 / 24.0, operation.Weights.Hidden.Variance(default)!.Value, 0.004);
        Assert.Equal(2 / 24.0, operation.Weights.Bias!.Variance!.Value, 0.03);
    }

    private static Tensor Data(string kind) => kind switch
    {
        "Embedding and GRU" => randint(0, 200, [Steps, Batch]),
        "Bilinear" or "LSTMCell, from zero" or "GRUCell" or "RNNCell" => randn(Batch, Width),
        _ => kind.EndsWith("batch first", StringComparison.Ordinal) ? randn(Batch, Steps, Width) : randn(Steps, Batch, Width),
    };

    private sealed class SequenceModel : Module<Tensor, Tensor>
    {
        private readonly string _kind;
        private readonly nn.Module core;
        private readonly Embedding? table;
        private readonly EmbeddingBag? bag;
        private readonly Linear? fc0;
        private readonly Linear? fc1;
        private readonly Tanh tanh = Tanh();
        private readonly Linear head;

        public SequenceModel(string kind)
            : base(kind)
        {
            _kind = kind;
            core = kind switch
            {
                "LSTM, batch first" => LSTM(Width, Width, batchFirst: true),
                "LSTM, both directions" => LSTM(Width, Width, bidirectional: true),
                "LSTM, two layers" => LSTM(Width, Width, numLayers: 2),
                "LSTMCell, from zero" => LSTMCell(Width, Width),
                "GRUCell" => GRUCell(Width, Width),
                "RNNCell" => RNNCell(Width, Width),
                "Bilinear" => Bilinear(Width, Width, Width),
                "RNN" => RNN(Width, Width),
                "RNN, relu" => RNN(Width, Width, nonLinearity: NonLinearities.ReLU),
                "MultiheadAttention" => MultiheadAttention(Width, 4),
                "TransformerEncoderLayer" => TransformerEncoderLayer(Width, 4, 64),
                _ when kind.StartsWith("LSTM", StringComparison.Ordinal) => LSTM(Width, Width),
                _ => GRU(Width, Width),
            };
            fc0 = kind == "Embedding and GRU" ? null : Linear(Width, Width);
            fc1 = kind is "Embedding and GRU" or "Bilinear" ? Linear(Width, Width) : null;
            if (kind == "Embedding and GRU")
            {
                table = Embedding(200, Width);
            }
            else if (kind == "EmbeddingBag")
            {
                bag = EmbeddingBag(100, Width);
            }

            head = Linear(kind == "LSTM, both directions" ? 2 * Width : Width, 5);
            RegisterComponents();
            using IDisposable noGradient = no_grad();
            foreach ((string name, Parameter parameter) in core.named_parameters())
            {
                if (kind == "LSTM, forget bias 2" && name == "bias_ih_l0")
                {
                    parameter.narrow(0, Width, Width).fill_(2);
                }
                else if (kind == "GRU, small weights" && name.StartsWith("weight", StringComparison.Ordinal))
                {
                    init.normal_(parameter, 0, 0.05);
                }
            }
        }

        public override Tensor forward(Tensor input)
        {
            if (bag is not null)
            {
                return head.call(tanh.call(fc0!.call(bag.call(input))));
            }

            Tensor x = table is null ? tanh.call(fc0!.call(input)) : table.call(input);
            return core switch
            {
                LSTM lstm when _kind == "LSTM, from zero" => head.call(lstm.call(x, (zeros(1, Batch, Width), zeros(1, Batch, Width))).Item1),
                LSTM lstm when _kind == "LSTM, state read" => head.call(lstm.call(x).Item2),
                LSTM lstm => head.call(lstm.call(x).Item1),
                GRU gru when _kind == "GRU, state given" => head.call(gru.call(x, randn(1, Batch, Width)).Item1),
                GRU gru => head.call(gru.call(table is null ? x : tanh.call(fc1!.call(x))).Item1),
                RNN rnn => head.call(rnn.call(x).Item1),
                Bilinear bilinear => head.call(bilinear.call(x, tanh.call(fc1!.call(input)))),
                MultiheadAttention attention => head.call(attention.call(x, x, x, null, true, null).Item1),
                TransformerEncoderLayer transformer => head.call(transformer.call(x)),
                _ => OverTime(x),
            };
        }

        // The same vector at every step: a selected one would be computed between the modules.
        private Tensor OverTime(Tensor step)
        {
            Tensor? hidden = null;
            Tensor? cell = null;
            if (_kind.EndsWith("from zero", StringComparison.Ordinal))
            {
                (hidden, cell) = (zeros(Batch, Width), zeros(Batch, Width));
            }

            for (int i = 0; i < Steps; i++)
            {
                switch (core)
                {
                    case LSTMCell lstm:
                        (hidden, cell) = lstm.call(step, hidden is null ? null : (hidden, cell!));
                        break;
                    case GRUCell gru:
                        hidden = gru.call(step, hidden!);
                        break;
                    case RNNCell rnn:
                        hidden = rnn.call(step, hidden!);
                        break;
                }
            }

            return head.call(hidden!);
        }
    }
}
