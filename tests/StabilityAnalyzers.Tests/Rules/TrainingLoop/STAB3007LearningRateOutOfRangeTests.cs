using StabilityAnalyzers.Rules.TrainingLoop;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.TrainingLoop;

public sealed class STAB3007LearningRateOutOfRangeTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("optim.Adam(p);")]
    [InlineData("optim.Adam(p, 1e-3);")]
    [InlineData("optim.AdamW(p, lr: 5e-5);")]
    [InlineData("optim.Adam(p, lr: 1e-7);")]
    [InlineData("optim.Adam(p, lr: 0.1);")]
    [InlineData("optim.SGD(p, 30);")]
    [InlineData("optim.SGD(p, learningRate: 1e-10);")]
    [InlineData("optim.Adadelta(p, 1.0);")]
    [InlineData("optim.RMSProp(p, 100.0);")]
    [InlineData("optim.Rprop(p, 1000);")]
    [InlineData("optim.LBFGS(p, 1000);")]
    [InlineData("optim.Adam(p, rate);")]
    [InlineData("optim.Adam(p, lr: 1000 * rate);")]
    // a rate of zero, or one that a schedule multiplies or sets
    [InlineData("optim.Adam(p, 0);")]
    [InlineData("optim.lr_scheduler.LambdaLR(optim.Adam(p, 100), step => 1e-6 * step);")]
    [InlineData("optim.lr_scheduler.OneCycleLR(optim.SGD(p, 1000), 0.1, 100);")]
    [InlineData("var o = optim.Adam(p, 1e-20); foreach (var group in o.ParamGroups) group.LearningRate = rate;")]
    public Task Silent(string code) => Verify.Analyzer<STAB3007LearningRateOutOfRange>(Code(code));

    [Fact]
    public Task Silent_in_broken_code() => Verify.Silent<STAB3007LearningRateOutOfRange>(Code("optim.Adam(p, 1e; optim.Adam(, 100);"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("optim.Adam(p, [|10|]);")]
    [InlineData("optim.AdamW(p, lr: [|1e-12|]);")]
    [InlineData("optim.RMSProp(p, [|10000.0|]);")]
    [InlineData("optim.SGD(p, [|1000|]);")]
    [InlineData("optim.SGD(p, learningRate: [|-0.1|]);")]
    [InlineData("const double Rate = 3; optim.NAdam(p, [|Rate|]);")]
    [InlineData("new SGD(p, [|1e6|]);")]
    [InlineData("optim.lr_scheduler.StepLR(optim.Adam(p, [|20|]), 10);")]
    public Task Reports(string code) => Verify.Analyzer<STAB3007LearningRateOutOfRange>(Code(code));

    [Fact]
    public Task Message() => Verify.Message<STAB3007LearningRateOutOfRange>(
        Code("optim.Adam(p, {|#0:10|});"),
        "A learning rate of 10 is far outside of what Adam is used with, which is 1E-08 to 1");

    private static string Code(string body) => $$"""
        class Trainer
        {
            void Start(IEnumerable<Parameter> p, double rate)
            {
                {{body}}
            }
        }
        """;
}
