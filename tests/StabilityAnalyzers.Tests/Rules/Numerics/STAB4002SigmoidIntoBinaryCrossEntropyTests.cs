using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

public sealed class STAB4002SigmoidIntoBinaryCrossEntropyTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("F.binary_cross_entropy_with_logits(model.call(x), y);")]
    [InlineData("F.mse_loss(x.sigmoid(), y);")]
    [InlineData("F.binary_cross_entropy(x.sigmoid().clamp(1e-6, 1 - 1e-6), y);")]
    [InlineData("F.binary_cross_entropy_with_logits(x, x.sigmoid());")]
    [InlineData("F.binary_cross_entropy(x.softmax(1), y);")]
    [InlineData("F.binary_cross_entropy_with_logits(x * x.sigmoid(), y);")]
    public Task Silent(string code) => Reports(code);

    [Fact]
    public Task Silent_sigmoid_for_a_dice_term() => Reports("""
        var logits = model.call(x);
        var probabilities = logits.sigmoid();
        var dice = 1 - 2 * (probabilities * y).sum() / (probabilities.sum() + y.sum() + 1);
        var loss = dice + F.binary_cross_entropy_with_logits(logits, y);
        """);

    [Fact]
    public Task Silent_sigmoid_for_a_focal_term() => Reports("""
        var logits = model.call(x);
        var entropy = BCEWithLogitsLoss(reduction: Reduction.None).call(logits, y);
        var p = torch.sigmoid(logits);
        var focal = (entropy * (1 - p).pow(2)).mean();
        """);

    [Fact]
    public Task Silent_gate_within_the_model() => Verify.Analyzer<STAB4002SigmoidIntoBinaryCrossEntropy>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear gate = Linear(8, 8), head = Linear(8, 1);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(x * gate.call(x).sigmoid());
        }
        class Trainer { Tensor Loss(Net net, Tensor x, Tensor y) => F.binary_cross_entropy_with_logits(net.call(x), y); }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("F.binary_cross_entropy_with_logits([|x.sigmoid()|], y);")]
    [InlineData("F.binary_cross_entropy_with_logits([|x.sigmoid_()|], y);")]
    [InlineData("F.binary_cross_entropy_with_logits([|torch.sigmoid(x)|], y);")]
    [InlineData("F.binary_cross_entropy_with_logits([|F.sigmoid(x)|], y);")]
    [InlineData("F.binary_cross_entropy_with_logits([|torch.special.expit(x)|], y);")]
    [InlineData("F.binary_cross_entropy_with_logits([|Sigmoid().call(x)|], y);")]
    [InlineData("var bce = BCEWithLogitsLoss(pos_weights: y); bce.call([|Sequential(Linear(4, 1), Sigmoid()).call(x).squeeze()|], y);")]
    public Task Reports(string code) => Verify.Analyzer<STAB4002SigmoidIntoBinaryCrossEntropy>(Method(code));

    [Theory]
    [InlineData("F.binary_cross_entropy(x.sigmoid(), y);", DiagnosticSeverity.Info)]
    [InlineData("BCELoss().call(x.sigmoid(), y);", DiagnosticSeverity.Info)]
    [InlineData("BCEWithLogitsLoss().call(x.sigmoid(), y);", DiagnosticSeverity.Warning)]
    public async Task Warns_only_where_it_is_wrong(string code, DiagnosticSeverity severity)
    {
        var diagnostic = Assert.Single(await Driver.Diagnostics(Method(code), new STAB4002SigmoidIntoBinaryCrossEntropy()));
        Assert.Equal(severity, diagnostic.Severity);
    }

    private static string Method(string code) => $$"""
        class Trainer
        {
            private readonly Module<Tensor, Tensor> model = Linear(4, 1);
            void Step(Tensor x, Tensor y)
            {
                {{code}}
            }
        }
        """;
}
