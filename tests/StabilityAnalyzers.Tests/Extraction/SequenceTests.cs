using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>Layers over sequences: recurrent ones, cells in loops, attention.</summary>
public sealed class SequenceTests
{
    [Theory]
    [InlineData("var (y, h, c) = lstm.call(e.call(x)); return head.call(h.squeeze(0));", "1: lstm LSTM\n2: select\n3: squeeze\n4: head Linear(16,2)")]
    [InlineData("var y = lstm.call(e.call(x)).Item1; return head.call(y[torch.TensorIndex.Colon, -1]);", "1: lstm LSTM\n2: select\n3: head Linear(16,2)")]
    [InlineData("var (y, _, _) = lstm.call(e.call(x), null); return head.call(y.select(1, -1));", "1: lstm LSTM\n2: select\n3: head Linear(16,2)")]
    [InlineData("var (y, h, c) = lstm.call(e.call(x)); return head.call(y.mean(new long[] { 1 }));", "1: lstm LSTM\n2: mean\n3: head Linear(16,2)")]
    [InlineData("var (_, h) = deep.call(e.call(x)); return head.call(h[-1]);", "1: deep GRU\n2: select\n3: head Linear(16,2)")]
    [InlineData("var (y, h, c) = lstm.call(e.call(x), (torch.zeros(1, 8, 16), torch.zeros(1, 8, 16))); return head.call(y);", "1: lstm LSTM\n2: head Linear(16,2)")]
    public void Recurrent_layer(string forward, string expected) => Assert.Contains(expected, Text(forward));

    [Fact]
    public void Last_states_of_all_layers_are_unknown() =>
        Assert.Contains("the states of all layers", Text("var (_, h) = deep.call(e.call(x)); return head.call(h);"));

    [Fact]
    public void Cell_in_a_loop() => Assert.Contains(
        "1: cell RNNCell\n2: cell RNNCell <- 0, 1\n3: head Linear(16,2)",
        Text("Tensor? h = null; for (var t = 0; t < 2; t++) { h = cell.call(x, h); } return head.call(h);"));

    [Fact]
    public void Lstm_cell_in_a_loop() => Assert.Contains(
        "1: lstmCell LSTMCell\n2: CellState\n3: lstmCell LSTMCell <- 0, 1, 2",
        Text("var h = torch.zeros(4, 16); var c = torch.zeros(4, 16); for (var t = 0; t < 2; t++) { (h, c) = lstmCell.call(x, (h, c)); } return head.call(h);"));

    [Fact]
    public void Attention() => Assert.Contains(
        "0: e Embedding\n1: attention MultiheadAttention\n2: Add[1, 1] <- 0, 1",
        Text("var y = e.call(x); var (a, _) = attention.call(y, y, y, null, false, null); return y + a;"));

    [Fact]
    public void Encoder_with_its_position_table()
    {
        var model = Extract.Model("""
            class Net : Module<Tensor, Tensor, Tensor>
            {
                private readonly TransformerEncoder encoder; private readonly Embedding embedding = Embedding(100, 16); private readonly Linear head = Linear(16, 100); private readonly Tensor pe;
                public Net() : base("n")
                {
                    encoder = TransformerEncoder(TransformerEncoderLayer(16, 4, 32, 0.1), 3);
                    var table = torch.zeros(new long[] { 50, 16 });
                    var position = torch.arange(0, 50, 1).unsqueeze(1);
                    var scale = (torch.arange(0, 16, 2) * (-Math.Log(10000.0) / 16)).exp();
                    table[TensorIndex.Ellipsis, TensorIndex.Slice(0, null, 2)] = (position * scale).sin();
                    table[TensorIndex.Ellipsis, TensorIndex.Slice(1, null, 2)] = (position * scale).cos();
                    pe = table.unsqueeze(0).transpose(0, 1);
                    RegisterComponents();
                }
                public override Tensor forward(Tensor x, Tensor mask)
                {
                    var y = embedding.call(x) * MathF.Sqrt(16);
                    y = y + pe[TensorIndex.Slice(null, y.shape[0]), TensorIndex.Slice()];
                    return head.call(encoder.call(y, mask));
                }
            }
            """);
        Assert.True(model.Graph.IsComplete, Extract.Text(model));
        var encoder = Assert.Single(model.Graph.Nodes.Select(node => node.Operation).OfType<TransformerOperation>());
        Assert.Equal((3L, 4L, true), (encoder.Layers, encoder.Heads, encoder.IsCausal));
        Assert.Contains(model.Graph.Nodes, node => node.Operation is InputOperation { SecondMoment: 0.5 });
    }

    [Theory]
    [InlineData("Transformer(8, 2, 3, 1, 16, 0.0)", "init.xavier_uniform_(head.weight);", true)]
    [InlineData("Transformer(8, 2, 3, 1, 16, double.Parse(\"0.1\"))", "", false)]
    [InlineData("Transformer(8, 2, 3, 1, 16)", "foreach (var p in whole.parameters()) if (p.dim() > 1) init.normal_(p, 0, 0.02);", false)]
    public void Whole_transformer(string layer, string initialisation, bool isKnown)
    {
        var model = Extract.Net(
            $"private readonly Transformer whole = {layer}; private readonly Linear a = Linear(4, 8), head = Linear(8, 2);",
            "RegisterComponents(); " + initialisation,
            "var y = a.call(x); return head.call(whole.call(y, y));");
        var stacks = model.Graph.Nodes.Select(node => node.Operation).OfType<TransformerOperation>().ToArray();
        Assert.Equal(isKnown, model.Graph.IsComplete);
        Assert.Equal(isKnown ? 2 : 0, stacks.Length);
        if (isKnown)
        {
            Assert.Equal((3L, 1L), (stacks[0].Layers, stacks[1].Layers));
            Assert.True(stacks[1].IsDecoder && stacks[0].IsXavier);
            Assert.Contains("whole.encoder:TransformerEncoder LayerNorm whole:TransformerDecoder LayerNorm head:", Extract.Chain(model), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("foreach (var (name, p) in lstm.named_parameters()) { if (name.Contains(\"weight\")) init.orthogonal_(p); }")]
    [InlineData("init.xavier_uniform_(lstm.get_parameter(\"weight_hh_l0\"));")]
    public void Weights_of_a_recurrent_layer_that_are_set_are_not_the_default(string initialisation)
    {
        var model = Extract.Net("private readonly LSTM lstm = LSTM(8, 16);", "RegisterComponents(); " + initialisation, "return lstm.call(x).Item1;");
        var recurrent = Assert.Single(model.Graph.Nodes.Select(node => node.Operation).OfType<RecurrentOperation>());
        Assert.IsType<UnknownInitializer>(recurrent.Weights.Hidden);
    }

    [Fact]
    public void A_tensor_that_is_partly_assigned_is_unknown() =>
        Assert.Contains("is assigned", Text("var y = head.call(x); y[0] = torch.zeros(2); return y;"));

    private static string Text(string forward) => Extract.Text(Extract.Net(
        "private readonly Embedding e = Embedding(10, 8); private readonly LSTM lstm = LSTM(8, 16, batchFirst: true); private readonly GRU deep = GRU(8, 16, numLayers: 2); private readonly RNNCell cell = RNNCell(8, 16); private readonly LSTMCell lstmCell = LSTMCell(8, 16); private readonly MultiheadAttention attention = MultiheadAttention(8, 2); private readonly Linear head = Linear(16, 2);",
        "RegisterComponents();",
        forward));
}
