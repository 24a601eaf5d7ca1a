using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

public sealed class STAB4006OutputThatCannotLearnTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("two.call(x).softmax(-1);")]
    [InlineData("one.call(x).sigmoid();")]
    [InlineData("one.call(x).softmax(0);")]
    [InlineData("one.call(x).softmax(1);")]
    [InlineData("one.call(x).squeeze(-1).softmax(-1);")]
    [InlineData("one.call(x).view(-1, 5).softmax(-1);")]
    [InlineData("one.call(x).transpose(1, 2).softmax(-1);")]
    [InlineData("Linear(8, width).call(x).softmax(-1);")]
    [InlineData("unknown.call(x).softmax(-1);")]
    [InlineData("given.call(given.call(x).softmax(-1));")]
    [InlineData("Sequential(Linear(8, 1), Softmax(1)).call(x);")]
    [InlineData("Sequential(Linear(8, 2), Softmax(-1)).call(x);")]
    [InlineData("Sequential(Linear(8, 1), Flatten(0), Softmax(-1)).call(x);")]
    [InlineData("Sequential(Flatten(0), Linear(8, 1), Softmax(1)).call(x);")]
    [InlineData("Sequential(Flatten(), Conv1d(8, 8, 1), Linear(8, 1), Softmax(1)).call(x);")]
    [InlineData("F.cross_entropy(two.call(x.relu()), y);")]
    [InlineData("F.mse_loss(two.call(x), y);")]
    [InlineData("F.mse_loss(two.call(x).relu(), one.call(x).relu());")]
    [InlineData("F.mse_loss(x, one.call(x).relu());")]
    [InlineData("F.binary_cross_entropy_with_logits(one.call(x).relu(), y);")]
    public Task Silent(string code) => Reports(code);

    [Fact]
    public Task Silent_attention_over_positions() => Verify.Analyzer<STAB4006OutputThatCannotLearn>("""
        class Pooling : Module<Tensor, Tensor>
        {
            private readonly Linear score = Linear(32, 1);
            public Pooling() : base("Pooling") { RegisterComponents(); }

            // batch x positions x 32
            public override Tensor forward(Tensor x)
            {
                var weights = F.softmax(score.call(x), dim: 1);
                return (weights * x).sum(1);
            }
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|one.call(x).softmax(-1)|];")]
    [InlineData("[|F.softmax(one.call(x), -1)|];")]
    [InlineData("[|torch.softmax(one.forward(x), dim: -1)|];")]
    [InlineData("[|F.log_softmax(one.call(x), -1)|];")]
    [InlineData("var h = one.call(x); [|Softmax(-1).call(h)|];")]
    [InlineData("x = x.view(-1, 8); x = F.relu(two.call(x)); [|one.call(x).softmax(1)|];")]
    [InlineData("[|one.call(x.flatten(1)).softmax(1)|];")]
    [InlineData("Sequential(Linear(8, 1), [|Softmax(-1)|]).call(x);")]
    [InlineData("Sequential((\"a\", Flatten()), (\"b\", Linear(8, 4)), (\"c\", ReLU()), (\"d\", Linear(4, 1)), (\"e\", [|Softmax(1)|])).call(x);")]
    [InlineData("F.cross_entropy([|two.call(x).relu()|], y);")]
    [InlineData("CrossEntropyLoss().call([|Sequential(Linear(8, 2), ReLU()).call(x)|], y);")]
    [InlineData("F.mse_loss([|F.relu(one.call(x))|], y);")]
    [InlineData("SmoothL1Loss().call([|ReLU().call(one.call(x))|], y);")]
    public Task Reports(string code) => Verify.Analyzer<STAB4006OutputThatCannotLearn>(Method(code));

    [Theory]
    [InlineData("F.cross_entropy(two.call(x).relu(), y);", DiagnosticSeverity.Warning)]
    [InlineData("F.l1_loss(two.call(x).relu(), y);", DiagnosticSeverity.Info)]
    [InlineData("one.call(x).softmax(-1);", DiagnosticSeverity.Warning)]
    public async Task Warns_where_it_is_certain(string code, DiagnosticSeverity severity) =>
        Assert.Equal(severity, Assert.Single(await Driver.Diagnostics(Method(code), new STAB4006OutputThatCannotLearn())).Severity);

    private static string Method(string code) => $$"""
        public class Trainer
        {
            private readonly Module<Tensor, Tensor> one = Linear(8, 1), two = Linear(8, 2);
            public Module<Tensor, Tensor> unknown = null!;
            public void Step(Module<Tensor, Tensor> given, Tensor x, Tensor y, int width)
            {
                {{code}}
            }
        }
        """;
}
