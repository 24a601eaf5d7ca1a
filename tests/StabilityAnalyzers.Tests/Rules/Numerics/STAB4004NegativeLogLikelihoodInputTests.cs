using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

public sealed class STAB4004NegativeLogLikelihoodInputTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("F.nll_loss(F.log_softmax(model.call(x), 1), y);")]
    [InlineData("F.nll_loss(model.call(x).softmax(1).log(), y);")]
    [InlineData("F.nll_loss(x, y);")]
    [InlineData("F.nll_loss(model.call(x) - model.call(x).logsumexp(1, true), y);")]
    [InlineData("NLLLoss().call(LogSoftmax(1).call(x), y);")]
    [InlineData("F.nll_loss(normalized.call(x), y);")]
    [InlineData("F.nll_loss(unknown.call(x), y);")]
    public Task Silent(string code) => Reports(code);

    [Fact]
    public Task Silent_log_softmax_in_the_model() => Verify.Analyzer<STAB4004NegativeLogLikelihoodInput>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> fc = Linear(8, 3), end = LogSoftmax(1);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                using (var scope = NewDisposeScope())
                {
                    return end.forward(fc.forward(x)).MoveToOuterDisposeScope();
                }
            }
        }
        class Trainer
        {
            void Train(Net model, Loss<Tensor, Tensor, Tensor> loss, Tensor x, Tensor y) => loss.call(model.call(x), y);
            void Main() { using var model = new Net(); Train(model, NLLLoss(reduction: Reduction.Mean), rand(1), rand(1)); }
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("F.nll_loss([|x.softmax(1)|], y);")]
    [InlineData("F.nll_loss([|x.sigmoid()|], y);")]
    [InlineData("F.nll_loss([|model.call(x)|], y);")]
    [InlineData("F.nll_loss([|F.relu(model.call(x))|], y);")]
    [InlineData("NLLLoss().call([|model.call(x).view(-1, 3)|], y);")]
    [InlineData("var net = Sequential(Linear(4, 8), ReLU(), Linear(8, 3)); new NLLLoss().forward([|net.call(x)|], y);")]
    public Task Reports(string code) => Verify.Analyzer<STAB4004NegativeLogLikelihoodInput>($$"""
        public class Trainer
        {
            private readonly Module<Tensor, Tensor> model = Linear(4, 3), normalized = Sequential(Linear(4, 3), LogSoftmax(1));
            public Module<Tensor, Tensor> unknown = null!;
            void Step(Tensor x, Tensor y)
            {
                {{code}}
            }
        }
        """);
}
