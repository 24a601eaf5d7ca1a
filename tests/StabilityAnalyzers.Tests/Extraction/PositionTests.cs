using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>Which part of a sequence an index takes, and what joins parts to a sequence.</summary>
public sealed class PositionTests
{
    // First what is not a time step, or not certainly one.
    [Theory]
    [InlineData("return lstm.call(e.call(x)).Item1[TensorIndex.Ellipsis, -1];")]
    [InlineData("return lstm.call(e.call(x)).Item1.select(2, -1);")]
    [InlineData("return lstm.call(e.call(x)).Item1.select(-1, 0);")]
    [InlineData("return lstm.call(e.call(x)).Item1[.., TensorIndex.Slice(1)];")]
    [InlineData("return lstm.call(e.call(x)).Item1[.., 1..];")]
    [InlineData("return lstm.call(e.call(x)).Item1[0, 0];")]
    [InlineData("return lstm.call(e.call(x)).Item1.slice(1, 0, 3, 1);")]
    [InlineData("return lstm.call(e.call(x)).Item1[TensorIndex.None, 0];")]
    [InlineData("return cell.call(e.call(x).select(1, 0), null).select(1, 0);")]
    [InlineData("return first.call(x).select(1, 0);")]
    [InlineData("return first.call(x)[.., 0].sigmoid();")]
    [InlineData("return narrow.call(first.call(x).select(1, 0));")]
    [InlineData("return one.call(x[.., 0].unsqueeze(1));")]
    [InlineData("return conv2.call(x).select(2, 0);")]
    [InlineData("return conv1.call(x).select(1, 0);")]
    [InlineData("return torch.stack(new[] { first.call(x), first.call(x) }, 1);")]
    [InlineData("return torch.cat(new[] { conv2.call(x), conv2.call(x) }, 2);")]
    public void What_is_no_time_step_is_unknown(string forward) => Assert.Contains("?[", Text(forward));

    [Theory]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1[.., -1, ..]);", "select head:Linear(16,2)")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1[.., ^1]);", "select head:Linear(16,2)")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1[TensorIndex.Ellipsis, -1, TensorIndex.Colon]);", "select head:Linear(16,2)")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1[TensorIndex.Slice(), TensorIndex.Single(-1)]);", "takes a part of a tensor")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1.select(-2, -1));", "select head:Linear(16,2)")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1.narrow(1, 0, 1).squeeze(1));", "select squeeze head:Linear(16,2)")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1.transpose(0, 1).select(0, -1));", "transpose select head:Linear(16,2)")]
    [InlineData("return head.call(lstm.call(e.call(x)).Item1.permute(1, 0, 2).mean(new long[] { 0 }));", "permute mean head:Linear(16,2)")]
    [InlineData("return head.call(conv1.call(e.call(x).transpose(1, 2)).select(2, -1));", "transpose conv1:Conv1d(8,16,3/1) select head:Linear(16,2)")]
    [InlineData("return head.call(conv1.call(e.call(x).transpose(1, 2)).transpose(1, 2).mean(new long[] { 1 }));", "transpose mean head:Linear(16,2)")]
    [InlineData("return head.call(first.call(x).select(1, 0));", "first:Linear(4,16) select head:Linear(16,2)")]
    [InlineData("var y = functional.relu(first.call(x)); return head.call(y[TensorIndex.Colon, 0]);", "first:Linear(4,16) relu select head:Linear(16,2)")]
    [InlineData("Tensor? h = null; for (var t = 0; t < 2; t++) h = cell.call(x.select(1, t), h); return head.call(h!);", "x:Input select cell:RNNCell select cell:RNNCell head:Linear(16,2)")]
    [InlineData("return head.call(first.call(x).mean(new long[] { 1 }));", "first:Linear(4,16) mean head:Linear(16,2)")]
    [InlineData("var y = lstm.call(e.call(x)).Item1; var s = new List<Tensor> { y.select(1, 0), y.select(1, 1) }; return head.call(torch.stack(s, 1));", "select select stack head:Linear(16,2)")]
    [InlineData("var y = lstm.call(e.call(x)).Item1; return head.call(torch.cat(new[] { y, y.select(1, 0).unsqueeze(1) }, 1));", "select cat head:Linear(16,2)")]
    [InlineData("return torch.cat(new[] { e.call(x), e.call(x) }, 1);", "e:Embedding e:Embedding cat")]
    public void Time_step(string forward, string expected) => Assert.Contains(expected, Text(forward));

    [Theory]
    [InlineData("return head.call(functional.softmax(first.call(x), -1));", "first:Linear(4,16) softmax head:Linear(16,2)")]
    [InlineData("return head.call(first.call(x).softmax(1));", "first:Linear(4,16) softmax head:Linear(16,2)")]
    [InlineData("return head.call(first.call(x).softmax(0));", "?['softmax' is not modelled]")]
    [InlineData("return conv2.call(x).softmax(2);", "?['softmax' is not modelled]")]
    [InlineData("return half.call(functional.glu(first.call(x)));", "first:Linear(4,16) GLU half:Linear(8,8)")]
    [InlineData("return conv2.call(x).glu(1);", "conv2:Conv2d(8,16,9/1) GLU")]
    [InlineData("return conv2.call(x).glu(-1);", "?['glu' is not modelled]")]
    public void Softmax_and_gated_unit_over_the_features(string forward, string expected) => Assert.Contains(expected, Text(forward));

    [Theory]
    [InlineData("foreach (var p in parameters()) if (p.dim() > 1) init.xavier_uniform_(p);")]
    [InlineData("foreach (var p in parameters()) { if (p.shape.Length > 1) init.xavier_uniform_(p); }")]
    [InlineData("foreach (var (name, p) in named_parameters()) { if (p.ndim < 2) continue; init.xavier_uniform_(p); }")]
    [InlineData("foreach (var p in parameters().Where(p => p.shape.Length >= 2)) init.xavier_uniform_(p);")]
    public void Parameters_by_their_number_of_dimensions(string initialisation)
    {
        var model = Extract.Net(
            "private readonly Linear fc = Linear(8, 8); private readonly Conv1d conv = Conv1d(8, 8, 3); private readonly LayerNorm norm = LayerNorm(8); private readonly BatchNorm1d bn = BatchNorm1d(8);",
            "RegisterComponents(); " + initialisation,
            "return norm.call(fc.call(x)) + bn.call(conv.call(x));");
        Assert.All(model.Graph.Nodes.Select(node => node.Operation).OfType<WeightOperation>(), operation =>
        {
            Assert.Contains("xavier", operation.Weight.Name, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(BiasInitializer.TorchDefault, operation.Bias);
        });
        Assert.True(model.Graph.IsComplete, Extract.Text(model));
    }

    private static string Text(string forward) => Extract.Chain(Extract.Net(
        "private readonly Embedding e = Embedding(10, 8); private readonly LSTM lstm = LSTM(8, 16, batchFirst: true); private readonly RNNCell cell = RNNCell(8, 16); private readonly Linear first = Linear(4, 16), head = Linear(16, 2), half = Linear(8, 8), narrow = Linear(7, 2), one = Linear(1, 2); private readonly Conv1d conv1 = Conv1d(8, 16, 3); private readonly Conv2d conv2 = Conv2d(8, 16, 3);",
        "RegisterComponents();",
        forward));
}
