namespace StabilityAnalyzers.Tests.Extraction;

public sealed class ModuleClassTests
{
    [Fact]
    public void Fields_used_one_after_the_other()
    {
        var model = Extract.Net(
            "private readonly Module<Tensor, Tensor> fc0 = Linear(4, 8); private readonly Linear fc1; private readonly Sigmoid act = Sigmoid();",
            "fc1 = Linear(8, 2, hasBias: false); RegisterComponents();",
            "x = fc0.forward(x); x = act.call(x); return fc1.call(x);");
        Assert.Equal("x:Input fc0:Linear(4,8) act:sigmoid fc1:Linear(8,2,no bias)", Extract.Chain(model));
    }

    [Fact]
    public void Functions_methods_and_operators()
    {
        var model = Extract.Net(
            "private readonly Linear a = Linear(4, 4), b = Linear(4, 4), c = Linear(4, 4);",
            "RegisterComponents();",
            "using var scope = NewDisposeScope(); var h = F.relu(a.call(x)); h = h + torch.tanh(b.call(h)); h += c.call(h).sigmoid_().mul(0.5f); return (h / 2).MoveToOuterDisposeScope();");
        Assert.Equal(
            """
            0: x Input
            1: a Linear(4,4)
            2: relu
            3: b Linear(4,4)
            4: tanh
            5: Add[1, 1] <- 2, 4
            6: c Linear(4,4)
            7: sigmoid
            8: Scale(0.5)
            9: Add[1, 1] <- 5, 8
            10: Scale(0.5)
            -> 10
            """,
            Extract.Text(model));
    }

    [Fact]
    public void Sequential_in_every_form()
    {
        foreach (var form in new[]
        {
            """Sequential(("a", Linear(4, 4)), ("b", Tanh()), ("c", Linear(4, 4)))""",
            """Sequential(new List<(string, Module<Tensor, Tensor>)> { ("a", Linear(4, 4)), ("b", Tanh()), ("c", Linear(4, 4)) })""",
            """Sequential(Tuple.Create<string, Module<Tensor, Tensor>>("a", Linear(4, 4)), new Tuple<string, Module<Tensor, Tensor>>("b", Tanh()), Tuple.Create<string, Module<Tensor, Tensor>>("c", Linear(4, 4)))""",
            """Sequential().append("a", Linear(4, 4)).append("b", Tanh()).append("c", Linear(4, 4))""",
        })
        {
            var model = Extract.Net("private readonly Sequential layers;", $"layers = {form}; RegisterComponents();", "return layers.call(x);");
            Assert.Equal("x:Input layers.a:Linear(4,4) layers.b:tanh layers.c:Linear(4,4)", Extract.Chain(model));
        }

        foreach (var form in new[]
        {
            "Sequential(Linear(4, 4), Tanh(), Linear(4, 4))",
            "Sequential(new Module<Tensor, Tensor>[] { Linear(4, 4), Tanh(), Linear(4, 4) })",
            "Sequential(new List<Module<Tensor, Tensor>> { Linear(4, 4), Tanh(), Linear(4, 4) })",
            "Sequential().append(Linear(4, 4)).append(Tanh()).append(Linear(4, 4))",
        })
        {
            var model = Extract.Net("private readonly Module<Tensor, Tensor> layers;", $"layers = {form}; RegisterComponents();", "return layers.call(x);");
            Assert.Equal("x:Input layers.0:Linear(4,4) layers.1:tanh layers.2:Linear(4,4)", Extract.Chain(model));
        }
    }

    [Fact]
    public void Layers_made_in_a_loop()
    {
        foreach (var build in new[]
        {
            "var list = new List<(string, Module<Tensor, Tensor>)>(); for (int i = 0; i < Depth; i++) { list.Add(($\"fc{i}\", Linear(4, 4))); list.Add((\"act\" + i, ReLU())); } layers = Sequential(list);",
            "layers = Sequential(Enumerable.Range(0, Depth).SelectMany(i => new (string, Module<Tensor, Tensor>)[] { ($\"fc{i}\", Linear(4, 4)), ($\"act{i}\", ReLU()) }));",
            "layers = Sequential(); foreach (var i in new[] { 0, 1 }) { layers.append(\"fc\" + i, Linear(4, 4)); layers.append($\"act{i}\", ReLU()); }",
        })
        {
            var model = Extract.Net("private const int Depth = 2; private readonly Sequential layers;", build + " RegisterComponents();", "return layers.call(x);");
            Assert.Equal("x:Input layers.fc0:Linear(4,4) layers.act0:relu layers.fc1:Linear(4,4) layers.act1:relu", Extract.Chain(model));
        }
    }

    [Fact]
    public void ModuleList_in_a_loop_and_helpers()
    {
        var model = Extract.Net(
            """
            private readonly ModuleList<Module<Tensor, Tensor>> blocks = new ModuleList<Module<Tensor, Tensor>>();
            private readonly Linear head;
            private Module<Tensor, Tensor> Block(int width, bool last = false) { if (last) return Linear(width, width); return Sequential(Linear(width, width), ELU()); }
            private Tensor Step(Tensor x, int i) => blocks[i].call(x);
            """,
            "for (var i = 0; i < 2; i++) blocks.Add(Block(8, last: i == 1)); head = Linear(8, 2); RegisterComponents();",
            "foreach (var block in blocks) x = block.call(x); for (var i = 0; i < blocks.Count; i++) { x = Step(x, i); } return functional.log_softmax(head.call(x), 1);");
        Assert.Equal(
            "x:Input blocks.0.0:Linear(8,8) blocks.0.1:elu[1] blocks.1:Linear(8,8) blocks.0.0:Linear(8,8) blocks.0.1:elu[1] blocks.1:Linear(8,8) head:Linear(8,2) ?['log_softmax' is not modelled]",
            Extract.Chain(model));
    }

    [Fact]
    public void Module_inside_module()
    {
        var model = Extract.Model("""
            class Block : Module<Tensor, Tensor>
            {
                private readonly Linear fc; private readonly Module<Tensor, Tensor> act; private readonly double scale;
                public Block(int width, Module<Tensor, Tensor>? activation = null, double scale = 1) : base("b") { fc = Linear(width, width); act = activation ?? Tanh(); this.scale = scale; RegisterComponents(); }
                public override Tensor forward(Tensor x) => x + act.call(fc.call(x)) * scale;
            }
            class Net : Module<Tensor, Tensor>
            {
                private readonly Block first = new Block(4, ReLU(), scale: 0.5); private readonly Sequential rest;
                public Net() : base("n") { rest = Sequential(("b1", new Block(4)), ("b2", new Block(4))); RegisterComponents(); }
                public override Tensor forward(Tensor x) => rest.call(first.call(x));
            }
            """);
        Assert.Equal(
            """
            0: x Input
            1: first.fc Linear(4,4)
            2: first.act relu
            3: Scale(0.5)
            4: Add[1, 1] <- 0, 3
            5: rest.b1.fc Linear(4,4)
            6: rest.b1.act tanh
            7: Scale(1)
            8: Add[1, 1] <- 4, 7
            9: rest.b2.fc Linear(4,4)
            10: rest.b2.act tanh
            11: Scale(1)
            12: Add[1, 1] <- 8, 11
            -> 12
            """,
            Extract.Text(model));
    }

    [Fact]
    public void Initialisers()
    {
        var model = Extract.Net(
            "private readonly Linear a = Linear(4, 4), b = Linear(4, 4), c = Linear(4, 4); private readonly Sequential s = Sequential(Linear(4, 4), Linear(4, 4));",
            """
            RegisterComponents();
            init.xavier_uniform_(a.weight); init.zeros_(a.bias);
            Init(b);
            torch.nn.init.kaiming_normal_(((Linear)s[0]).weight);
            foreach (var m in s.modules()) { if (m is Linear l && l.bias is not null) { init.zeros_(l.bias); } }
            void Init(Linear l) => init.orthogonal_(l.weight, init.calculate_gain(init.NonlinearityType.Tanh));
            """,
            "return s.call(c.call(b.call(a.call(x))));");
        Assert.Equal(
            "x:Input a:Linear(4,4,Xavier,bias 0) b:Linear(4,4,orthogonal) c:Linear(4,4) s.0:Linear(4,4,He,bias 0) s.1:Linear(4,4,bias 0)",
            Extract.Chain(model));
    }
}
