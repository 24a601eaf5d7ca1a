using StabilityAnalyzers.CodeFixes.Numerics;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

public sealed class STAB4005SingularGradientTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("(d.square().sum() + 1e-8).sqrt()")]
    [InlineData("d.square().sum().clamp(1e-8).sqrt()")]
    [InlineData("(d.abs() + 1e-8).log()")]
    [InlineData("d.relu().sqrt()")]
    [InlineData("d.norm().sqrt()")]
    [InlineData("d.std().sqrt()")]
    [InlineData("d.norm()")]
    [InlineData("d / (d.norm() + 1e-8)")]
    [InlineData("d / 2")]
    [InlineData("d / d.shape[0]")]
    [InlineData("d / y.sum()")]
    [InlineData("d.exp().log()")]
    [InlineData("d.exp().sum().log()")]
    [InlineData("F.softplus(d).log()")]
    [InlineData("F.softplus(d).sqrt()")]
    [InlineData("d / d.exp().sum()")]
    [InlineData("d.pow(2)")]
    [InlineData("d.abs().pow(1.5)")]
    [InlineData("y.square().sum().sqrt()")]
    [InlineData("d.detach().square().sum().sqrt()")]
    [InlineData("d.square().sum().sqrt().detach()")]
    [InlineData("d.abs() - d * 2")]
    public Task Silent(string loss) => Reports(loss);

    [Theory]
    [InlineData("var metric = d.square().mean().sqrt(); Console.WriteLine(metric.ToDouble()); d.sum().backward();")]
    [InlineData("Console.WriteLine(d.square().mean().sqrt().ToDouble()); d.sum().backward();")]
    [InlineData("using (no_grad()) { var metric = d.square().mean().sqrt(); } d.sum().backward();")]
    [InlineData("var metric = d.square().mean().sqrt();")]
    [InlineData("var s = d.square().sum(); if (s.ToDouble() == 0) s = s + 1; s.sqrt().backward();")]
    public Task Silent_where_nothing_goes_back(string code) => Verify.Analyzer<STAB4005SingularGradient>(Method(code));

    [Fact]
    public Task Silent_on_data() => Verify.Analyzer<STAB4005SingularGradient>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 8);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => fc.call(x / x.norm());
        }
        """);

    // ---- what must be reported, and fixed ----

    [Theory]
    [InlineData("[|d.square().sum().sqrt()|]", "(d.square().sum() + 1e-8).sqrt()")]
    [InlineData("[|torch.sqrt((d * d).sum(1))|].mean()", "torch.sqrt((d * d).sum(1) + 1e-8).mean()")]
    [InlineData("[|d.pow(2).mean(new long[] { 1 }).sqrt()|].sum()", "(d.pow(2).mean(new long[] { 1 }) + 1e-8).sqrt().sum()")]
    [InlineData("[|torch.sqrt(F.mse_loss(d, y))|]", "torch.sqrt(F.mse_loss(d, y) + 1e-8)")]
    [InlineData("[|d.var().sqrt()|]", "(d.var() + 1e-8).sqrt()")]
    [InlineData("[|d.abs().pow(0.5)|].sum()", "(d.abs() + 1e-8).pow(0.5).sum()")]
    [InlineData("[|d.abs().log()|].sum()", "(d.abs() + 1e-8).log().sum()")]
    [InlineData("[|torch.log(d.relu())|].sum()", "torch.log(d.relu() + 1e-8).sum()")]
    [InlineData("([|d / d.norm()|]).sum()", "(d / (d.norm() + 1e-8)).sum()")]
    [InlineData("[|d.var().rsqrt()|]", "(d.var() + 1e-8).rsqrt()")]
    public Task Reports_and_fixes(string before, string after) => Verify.CodeFix<STAB4005SingularGradient, STAB4005AddEpsilonFix>(
        Method($"var loss = {before}; loss.backward();"), Method($"var loss = {after}; loss.backward();"), "STAB4005:best");

    [Theory]
    [InlineData("var s = d.square().sum(); var root = [|s.sqrt()|]; var total = root * 2; total += d.sum(); total.backward();")]
    [InlineData("[|d.square().sum().sqrt()|].backward();")]
    public Task Reports_through_variables(string code) => Verify.Analyzer<STAB4005SingularGradient>(Method(code));

    [Fact]
    public Task Reports_in_forward() => Verify.Analyzer<STAB4005SingularGradient>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 8);
            private readonly Parameter scale = Parameter(ones(8));
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                var h = fc.call(x);
                var unit = [|h / h.norm(1, keepdim: true)|];
                return unit * scale / scale.norm();
            }
        }
        """);

    private static Task Reports(string loss) => Verify.Analyzer<STAB4005SingularGradient>(Method($"var loss = {loss}; loss.sum().backward();"));

    private static string Method(string code) => $$"""
        class Trainer
        {
            private readonly Module<Tensor, Tensor> model = Linear(8, 8);
            void Step(Tensor x, Tensor y)
            {
                var d = model.call(x) - y;
                {{code}}
            }
        }
        """;
}
