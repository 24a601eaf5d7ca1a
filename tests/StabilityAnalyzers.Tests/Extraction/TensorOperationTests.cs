namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>Operators and functions of tensors that join, split and shift.</summary>
public sealed class TensorOperationTests
{
    private const string Fields = "private readonly Linear a = Linear(4, 4), b = Linear(4, 6), c = Linear(4, 4); private readonly Conv2d k = Conv2d(3, 8, 3), l = Conv2d(3, 4, 3); private readonly Embedding e = Embedding(10, 4);";

    [Theory]
    [InlineData("return torch.cat(new[] { a.call(x), b.call(x) }, 1);", "cat[4, 6] <- 1, 2")]
    [InlineData("return torch.cat([a.call(x), b.call(x)], dim: -1);", "cat[4, 6] <- 1, 2")]
    [InlineData("var list = new List<Tensor>(); list.Add(k.call(x)); list.Add(l.call(x)); return torch.cat(list, 1);", "cat[8, 4] <- 1, 2")]
    [InlineData("return torch.cat(new List<Tensor> { k.call(x), l.call(x) }, dim: 1).relu();", "cat[8, 4] <- 1, 2")]
    [InlineData("var y = a.call(x); return torch.hstack(y, b.call(x));", "cat[4, 6] <- 1, 2")]
    public void Features_are_joined(string forward, string expected) => Assert.Contains(expected, Text(forward));

    [Theory]
    [InlineData("return torch.cat(new[] { a.call(x), c.call(x) }, 0);")]
    [InlineData("return torch.cat(new[] { k.call(x), k.call(x) }, 2);")]
    [InlineData("return torch.stack(new[] { a.call(x), c.call(x) }, 1);")]
    public void What_joins_no_features_is_unknown(string forward) => Assert.Contains("does not join features", Text(forward));

    [Theory]
    [InlineData("var parts = b.call(x).chunk(2, dim: -1); return parts[0] * parts[1].sigmoid();", "slice[0, 0.5]", "slice[0.5, 0.5]")]
    [InlineData("var parts = b.call(x).split(2, dim: 1); return parts[0] + parts[2];", "slice[0, 0.3333333333333333]", "slice[0.6666666666666666, 0.3333333333333333]")]
    [InlineData("var parts = torch.split(b.call(x), new long[] { 2, 4 }, dim: 1); return torch.cat(new[] { parts[1], parts[0] }, 1);", "slice[0.3333333333333333, 0.6666666666666666]", "cat[4, 2]")]
    [InlineData("return k.call(x).narrow(1, 2, 2).relu() * 1;", "slice[0.25, 0.25]", "relu")]
    public void Features_are_taken_apart(string forward, string first, string second)
    {
        Assert.Contains(first, Text(forward));
        Assert.Contains(second, Text(forward));
    }

    [Theory]
    [InlineData("return k.call(x).chunk(2, dim: 2)[0];")]
    [InlineData("return b.call(x).split(4, dim: 1)[0];")]
    public void What_takes_no_features_apart_is_unknown(string forward) =>
        Assert.False(Extract.Net(Fields, "RegisterComponents();", forward).Graph.IsComplete);

    [Theory]
    [InlineData("return 1 - torch.sigmoid(a.call(x));", "Add[1, -1] <- 3, 2")]
    [InlineData("return a.call(x) + 1e-6f;", "Add[1, 1] <- 1, 2")]
    [InlineData("return a.call(x).sub(0.5);", "Add[1, -1] <- 1, 2")]
    public void Numbers_are_added(string forward, string expected) => Assert.Contains(expected, Text(forward));

    private static string Text(string forward) => Extract.Text(Extract.Net(Fields, "RegisterComponents();", forward));
}
