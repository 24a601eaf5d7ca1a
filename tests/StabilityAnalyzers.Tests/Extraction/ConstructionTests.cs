using StabilityAnalyzers.GradientFlow;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>How the compilation makes a model decides what the model is.</summary>
public sealed class ConstructionTests
{
    private const string Net = """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = Sequential();
            public Net(int depth, int width = 8) : base("net")
            {
                for (var i = 0; i < depth; i++) { layers.append($"fc{i}", Linear(width, width)); layers.append($"act{i}", Tanh()); }
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => layers.call(x);
        }
        """;

    [Theory]
    [InlineData("static class P { static void Main() { const int depth = 2; var net = new Net(depth); } }")]
    [InlineData("static class P { static readonly int depth = 2; static void Main() { var net = new Net(depth); } }")]
    [InlineData("static class P { static Net Create(int depth = 2) => new Net(depth); }")]
    [InlineData("static class P { static Net Create(int depth) => new Net(depth); static void Main() { Create(1 + 1); } }")]
    [InlineData("static class P { static void Main() { foreach (var depth in new[] { 2 }) { Func<int, Net> create = d => new(d); create(depth); } } }")]
    [InlineData("class P { private readonly int depth; public P(int depth = 2) { this.depth = depth; } public Net Create() => new Net(depth); }")]
    [InlineData("class P { private readonly Net net = new Net(depth: 2); }")]
    [InlineData("class Outer : Module<Tensor, Tensor> { private readonly Net net; public Outer(int n = 1) : base(\"o\") { net = new Net(n * 2); RegisterComponents(); } public override Tensor forward(Tensor x) => net.call(x); }")]
    public void Depth_comes_from_where_it_is_made(string maker) =>
        Assert.Equal(
            "x:Input layers.fc0:Linear(8,8) layers.act0:tanh layers.fc1:Linear(8,8) layers.act1:tanh",
            Extract.Chain(Extract.Model(Net + maker)));

    [Fact]
    public void Every_way_in_which_it_is_made_is_a_model_of_its_own()
    {
        var models = Extract.Models(Net + "static class P { static void Main() { var a = new Net(1); var b = new Net(2, width: 4); var c = new Net(1); } }");
        Assert.Equal(
            ["x:Input layers.fc0:Linear(8,8) layers.act0:tanh", "x:Input layers.fc0:Linear(4,4) layers.act0:tanh layers.fc1:Linear(4,4) layers.act1:tanh"],
            models.Select(Extract.Chain));
    }

    [Fact]
    public void Depth_that_nobody_says_stays_unknown() => Assert.All(Extract.Models(Net), model =>
    {
        Assert.False(model.Graph.IsComplete);
        Assert.Contains(model.Graph.Nodes, node => node.Operation is RepeatOperation);
    });

    [Theory]
    [InlineData("new Options { Width = 16 }", 16)]
    [InlineData("new Options()", 8)]
    [InlineData("new Options { Width = 2 } with { Width = 4 }", 4)]
    public void Options_object(string options, int width)
    {
        var model = Extract.Model($$"""
            record Options { public int Width { get; init; } = 8; public bool Norm { get; init; } }
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc; private readonly Module<Tensor, Tensor>? norm;
                public Net(Options options) : base("n") { fc = Linear(options.Width, options.Width); if (options.Norm) norm = LayerNorm(options.Width); RegisterComponents(); }
                public override Tensor forward(Tensor x) { x = fc.call(x); return norm is null ? x : norm.call(x); }
            }
            static class P { static void Main() { var net = new Net({{options}}); } }
            """);
        Assert.Equal($"x:Input fc:Linear({width},{width})", Extract.Chain(model));
    }

    [Fact]
    public void Conditions_that_nobody_decides_give_a_model_for_each_outcome()
    {
        var models = Extract.Models("""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(8, 8); private readonly Module<Tensor, Tensor> act; private readonly bool residual;
                public Net(bool tanh, bool residual) : base("n") { act = tanh ? Tanh() : ReLU(); this.residual = residual; RegisterComponents(); }
                public override Tensor forward(Tensor x) { var y = act.call(fc.call(x)); if (residual) { y = y + x; } if (!residual) { y = y * 2; } return y; }
            }
            """);
        Assert.Equal(
            [
                "x:Input fc:Linear(8,8) act:tanh Add[1, 1]",
                "x:Input fc:Linear(8,8) act:tanh Scale(2)",
                "x:Input fc:Linear(8,8) act:relu Add[1, 1]",
                "x:Input fc:Linear(8,8) act:relu Scale(2)",
            ],
            models.Select(Extract.Chain));
    }

    [Fact]
    public void Many_conditions_are_merged()
    {
        var conditions = string.Concat(Enumerable.Range(0, 10).Select(i => $"if (c{i}) x = x.relu();"));
        var model = Extract.Model($$"""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(8, 8);
                {{string.Concat(Enumerable.Range(0, 10).Select(i => $"private readonly bool c{i};"))}}
                public Net({{string.Join(", ", Enumerable.Range(0, 10).Select(i => $"bool p{i}"))}}) : base("n") { {{string.Concat(Enumerable.Range(0, 10).Select(i => $"c{i} = p{i};"))}} RegisterComponents(); }
                public override Tensor forward(Tensor x) { x = fc.call(x); {{conditions}} return x; }
            }
            """);
        Assert.False(model.Graph.IsComplete);
    }

    [Fact]
    public void Sizes_that_nobody_says_are_tried_with_two_numbers()
    {
        var models = Extract.Models("""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc; private readonly Linear head;
                public Net(int width, int classes) : base("n") { fc = Linear(width, 2 * width); head = Linear(2 * width, classes); RegisterComponents(); }
                public override Tensor forward(Tensor x) => head.call(torch.tanh(fc.call(x)));
            }
            """);
        Assert.Equal([1, 2], models.Select(model => model.SizeSample));
        Assert.All(models, model => Assert.True(model.Graph.IsComplete));
        var widths = models.Select(model => model.Graph.Nodes.Select(node => node.Operation).OfType<LinearOperation>().ToArray()).ToArray();
        Assert.All(widths, layers => Assert.Equal(layers[0].OutFeatures, layers[1].InFeatures));
        Assert.NotEqual(widths[0][0].InFeatures, widths[1][0].InFeatures);
        Assert.NotEqual((double)widths[0][1].OutFeatures / widths[0][1].InFeatures, (double)widths[1][1].OutFeatures / widths[1][1].InFeatures);
    }

    [Theory]
    [InlineData("for (var i = 0; i < width; i++) { x = fc.call(x); }")]
    [InlineData("if (width > 100) { return x; } x = fc.call(x);")]
    [InlineData("x = x * width;")]
    public void A_size_counts_no_loop(string body)
    {
        var models = Extract.Models($$"""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc; private readonly int width;
                public Net(int width) : base("n") { this.width = width; fc = Linear(width, width); RegisterComponents(); }
                public override Tensor forward(Tensor x) { {{body}} return x; }
            }
            """);
        Assert.All(models, model => Assert.True(!model.Graph.IsComplete || model.Graph.Nodes.Count(node => node.Operation is LinearOperation) <= 1));
    }

    [Fact]
    public void Tables_of_widths()
    {
        var models = Extract.Models("""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Dictionary<string, int[]> tables = new() { { "small", new[] { 2, 4 } }, { "large", new[] { 8 } } };
                private readonly Sequential layers;
                public Net(string name) : base("n")
                {
                    var list = new List<Module<Tensor, Tensor>>(); var last = 1;
                    foreach (var width in tables[name.ToLower()]) { list.Add(Linear(last, width)); last = width; }
                    layers = Sequential(list); RegisterComponents();
                }
                public override Tensor forward(Tensor x) => layers.call(x);
            }
            """);
        Assert.Equal(["x:Input layers.0:Linear(1,2) layers.1:Linear(2,4)", "x:Input layers.0:Linear(1,8)"], models.Select(Extract.Chain));
    }

    [Fact]
    public void Factories_of_layers_that_are_passed_on()
    {
        var model = Extract.Model("""
            delegate Module<Tensor, Tensor> Maker(int width, int more = 1);
            class Block : Module<Tensor, Tensor>
            {
                public static int Expansion = 2;
                private readonly Linear fc; private readonly Module<Tensor, Tensor> norm;
                public Block(int width, Func<int, Module<Tensor, Tensor>>? norm = null) : base("b") { if (norm is null) norm = n => LayerNorm(n); fc = Linear(width, Expansion * width); this.norm = norm(Expansion * width); RegisterComponents(); }
                public override Tensor forward(Tensor x) => norm.call(fc.call(x));
            }
            class Net : Module<Tensor, Tensor>
            {
                private readonly Module<Tensor, Tensor> block;
                public Net(Maker make) : base("n") { block = make(4); RegisterComponents(); }
                public override Tensor forward(Tensor x) => block.call(x);
                public static Net Small() => new Net((width, more) => new Block(width * more));
            }
            """);
        Assert.Equal("x:Input block.fc:Linear(4,8) block.norm:LayerNorm", Extract.Chain(model));
    }

    [Fact]
    public void Tensors_from_before_the_model_are_unknown()
    {
        var model = Extract.Model("""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(4, 4); private readonly Tensor table;
                public Net(Tensor table) : base("n") { this.table = table.abs().cumsum(0); RegisterComponents(); }
                public override Tensor forward(Tensor x) => fc.call(x) + table;
            }
            static class P { static void Main() { var a = torch.zeros(4); var b = torch.cumsum(a, 0); var c = torch.cumsum(b, 0); var net = new Net(c.cumsum(0)); } }
            """);
        Assert.False(model.Graph.IsComplete);
    }

    [Fact]
    public void Places_are_those_of_the_class_itself()
    {
        var model = Extract.Model("""
            class Net : Module<Tensor, Tensor>
            {
                private readonly Module<Tensor, Tensor> mine; private readonly Module<Tensor, Tensor> given;
                public Net(Module<Tensor, Tensor> given) : base("n") { mine = Linear(4, 4); this.given = given; RegisterComponents(); }
                public override Tensor forward(Tensor x) => given.call(mine.call(x));
            }
            static class P { static void Main() { var net = new Net(Linear(4, 2)); } }
            """);
        Assert.Equal("x:Input mine:Linear(4,4) given:Linear(4,2)", Extract.Chain(model));
        Assert.Equal(["Linear(4, 4)", "given.call(mine.call(x))"], model.Sites.Skip(1).Select(site => site?.Site?.ToString()));
    }

    [Fact]
    public async Task A_container_in_a_field_of_any_class_is_judged()
    {
        var layers = string.Concat(Enumerable.Range(0, 12).Select(_ => "Linear(64, 64), Sigmoid(), "));
        var found = await Driver.Diagnostics(
            $"class Trainer {{ private readonly Sequential net = Sequential({layers}Linear(64, 2)); public Tensor Run(Tensor x) => net.call(x); }}", new ModelGraphAnalyzer());
        Assert.Contains("STAB1001", found.Select(diagnostic => diagnostic.Id));
    }
}
