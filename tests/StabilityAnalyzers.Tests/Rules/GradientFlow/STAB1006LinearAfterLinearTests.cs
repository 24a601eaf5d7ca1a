namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1006LinearAfterLinearTests
{
    public static TheoryData<string, string> Different => new()
    {
        { "activation", Net("return b.call(functional.relu(a.call(x)));") },
        { "norm", Net("return b.call(norm.call(a.call(x)));") },
        { "dropout", Net("return b.call(functional.dropout(a.call(x)));") },
        { "reshaped between", Net("return b.call(a.call(x).view(-1, 64));") },
        { "bottleneck, LoRA", Net("return functional.relu(d.call(x)) + up.call(down.call(x));") },
        { "the output is returned as well", Graph.Class(
            "private readonly Linear a = Linear(64, 64), b = Linear(64, 64);", "", "var h = a.call(x); return torch.cat(new[] { b.call(h), h }, 1);") },
        { "used in another way too", Net("var h = a.call(x); return b.call(h) * torch.sigmoid(h);") },
        { "shared weights", Net("return functional.relu(b.call(a.call(x))) + functional.relu(a.call(x));") },
        { "widths that do not fit", Net("return down.call(down.call(x));") },
        { "convolutions", Graph.Class("private readonly Conv2d a = Conv2d(8, 8, 3, groups: 8), b = Conv2d(8, 16, 1);", "", "return b.call(a.call(x));") },
        { "unknown between", Graph.Class("private readonly Linear a = Linear(64, 64), b = Linear(64, 64); private Module<Tensor, Tensor> f = Make(); static Module<Tensor, Tensor> Make() => throw new Exception();", "", "return b.call(f.call(a.call(x)));") },
        { "one of two ways", Net("var h = a.call(x); if (x.shape[0] > 3) h = functional.relu(h); return b.call(h);") },
        { "attention scores", Net("return torch.matmul(a.call(x), b.call(x).transpose(0, 1));") },
    };

    [Theory]
    [MemberData(nameof(Different))]
    public async Task Something_between_or_on_purpose_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1006", code));
    }

    [Fact]
    public async Task Chain_is_reported_once_at_its_first_layer()
    {
        var diagnostic = Assert.Single(await Graph.Diagnostics("STAB1006", Net("return c.call(b.call(a.call(x)));")));
        Assert.Equal("'a' and 'c' follow each other with nothing between: they compute no more than one linear layer from 64 to 10", diagnostic.Message());
        Assert.Equal("Linear(64, 64)", diagnostic.Text());
        Assert.Equal(2, diagnostic.AdditionalLocations.Count);
    }

    [Fact]
    public async Task Sequential_is_seen() => Assert.Single(await Graph.Diagnostics(
        "STAB1006", Graph.Class("private readonly Sequential s = Sequential(Linear(8, 16), Linear(16, 16), ReLU(), Linear(16, 2));", "", "return s.call(x);")));

    private static string Net(string forward) => Graph.Class(
        "private readonly Linear a = Linear(64, 64), b = Linear(64, 64), c = Linear(64, 10), d = Linear(64, 64), down = Linear(64, 4), up = Linear(4, 64); private readonly LayerNorm norm = LayerNorm(64);",
        "",
        forward);
}
