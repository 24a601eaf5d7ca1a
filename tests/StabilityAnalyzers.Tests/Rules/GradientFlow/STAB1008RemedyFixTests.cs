using StabilityAnalyzers.CodeFixes.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

public sealed class STAB1008RemedyFixTests
{
    [Theory]
    [InlineData("f += x;\n        return f;", "f = f / Math.Sqrt(24) + x;\n        return f;")]
    [InlineData("return f.add(x);", "return (f / Math.Sqrt(24)).add(x);")]
    [InlineData("return x.add_(f);", "return x.add_(f / Math.Sqrt(24));")]
    public async Task Branch_is_scaled_where_it_stands(string before, string after) =>
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1008RemedyFix>(
            Net("{|STAB1008:new Block()|}", before), Net("new Block()", after), "STAB1008:best");

    // Whoever reads f behind it reads the sum.
    [Fact]
    public async Task Branch_that_is_changed_in_place_is_left_alone()
    {
        var code = Net("{|STAB1008:new Block()|}", "f.add_(x);\n        return f;");
        await Verify.CodeFix<ModelGraphAnalyzer, STAB1008RemedyFix>(code, code, "STAB1008:ScaledResidual");
    }

    private static string Net(string block, string sum) => $$"""
        class Block : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(64, 64);
            public Block() : base("block")
            {
                init.kaiming_uniform_(fc.weight);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                var f = functional.relu(fc.call(x));
                {{sum}}
            }
        }

        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Block> blocks = new();
            private readonly Linear head = Linear(64, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 24; i++) blocks.Add({{block}});
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                foreach (var block in blocks) x = block.call(x);
                return head.call(x);
            }
        }
        """;
}
