using System.Diagnostics;
using System.Text;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>Generated and hostile code: no overflow of the stack, no exception, no analysis without end.</summary>
public sealed class BudgetTests
{
    [Fact]
    public void Five_thousand_layers_are_followed()
    {
        var clock = Stopwatch.StartNew();
        var model = Extract.Net("private readonly Sequential layers;", $"layers = Sequential({string.Join(", ", Enumerable.Repeat("Linear(8, 8), ReLU()", 5000))}); RegisterComponents();", "return layers.call(x);");
        Assert.Equal(10_001, model.Graph.Nodes.Count);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), clock.Elapsed.ToString());
    }

    [Fact]
    public void Five_thousand_fields_are_followed()
    {
        var fields = new StringBuilder();
        var forward = new StringBuilder();
        for (var i = 0; i < 5000; i++)
        {
            fields.Append($"private readonly Linear fc{i} = Linear(8, 8);\n");
            forward.Append($"x = torch.tanh(fc{i}.call(x));\n");
        }

        Assert.Equal(10_001, Extract.Net(fields.ToString(), "RegisterComponents();", forward + "return x;").Graph.Nodes.Count);
    }

    [Theory]
    [InlineData("x", ".relu()", "", 300)]
    [InlineData("x", " + x", "", 2000)]
    [InlineData("", "torch.tanh(", "x)", 150)]
    [InlineData("", "(", "x)", 200)]
    public async Task Long_expressions_do_no_harm(string start, string repeated, string end, int times)
    {
        var middle = string.Concat(Enumerable.Repeat(repeated, times));
        var expression = end.Length == 0 ? start + middle : middle + "x" + new string(')', times);
        await Driver.Diagnostics(NetOf($"return {expression};"), new ModelGraphAnalyzer());
    }

    [Fact]
    public async Task Deeply_nested_statements_do_no_harm()
    {
        var chain = string.Concat(Enumerable.Range(0, 400).Select(i => $"if (x.Dimensions == {i}) x = fc.call(x); else "));
        await Driver.Diagnostics(NetOf($"{chain} x = x.relu(); return x;"), new ModelGraphAnalyzer());
        await Driver.Diagnostics(NetOf(string.Concat(Enumerable.Repeat("for (var i = 0; i < 3; i++) { ", 1)) + string.Concat(Enumerable.Repeat("{", 300)) + "x = fc.call(x);" + string.Concat(Enumerable.Repeat("}", 301)) + " return x;"), new ModelGraphAnalyzer());
    }

    [Theory]
    [InlineData("for (;;) { x = fc.call(x); }")]
    [InlineData("while (true) { x = fc.call(x); }")]
    [InlineData("for (var i = 0; i < 1_000_000_000; i++) { x = fc.call(x); } return x;")]
    [InlineData("for (var i = 0; i < 10; i--) { x = fc.call(x); } return x;")]
    [InlineData("return Again(x); Tensor Again(Tensor y) => Again(fc.call(y));")]
    [InlineData("return forward(x);")]
    public void Endless_programs_end(string forward)
    {
        var clock = Stopwatch.StartNew();
        var model = Assert.Single(Extract.Models(NetOf(forward), mustCompile: false));
        Assert.False(model.Graph.IsComplete);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), clock.Elapsed.ToString());
    }

    [Fact]
    public void Classes_that_hold_each_other_end() => Assert.NotEmpty(Extract.Models("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> other = new Other();
            public Net() : base("n") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => other.call(x);
        }
        class Other : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> net = new Net();
            public Other() : base("o") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => net.call(x);
        }
        """));

    private static string NetOf(string forward) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 8);
            public Net() : base("net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) { {{forward}} }
        }
        """;
}
