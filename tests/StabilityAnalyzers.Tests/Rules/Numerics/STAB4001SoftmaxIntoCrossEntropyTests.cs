using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules.Numerics;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Numerics;

public sealed class STAB4001SoftmaxIntoCrossEntropyTests
{
    // ---- what must not be reported ----

    [Fact]
    public Task Silent_logits() => Silent("F.cross_entropy(model.call(x), y);");

    [Fact]
    public Task Silent_softmax_only_for_the_prediction() => Silent("""
        var logits = model.call(x);
        var loss = F.cross_entropy(logits, y);
        var predicted = logits.softmax(1);
        loss.backward();
        """);

    [Fact]
    public Task Silent_softmax_of_the_same_variable_afterwards() => Silent("""
        var output = model.call(x);
        var loss = F.cross_entropy(output, y);
        output = output.softmax(1);
        """);

    [Fact]
    public Task Silent_softmax_of_a_teacher_as_the_target() => Silent("F.cross_entropy(model.call(x), model.call(x).softmax(1));");

    [Fact]
    public Task Silent_distillation() => Silent("F.kl_div(F.log_softmax(model.call(x), 1), F.softmax(model.call(x), 1), log_target: false);");

    [Fact]
    public Task Silent_logarithm_of_probabilities() => Silent("F.cross_entropy(model.call(x).softmax(1).log(), y);");

    [Fact]
    public Task Silent_attention_within_the_model() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear query = Linear(8, 8), head = Linear(8, 3);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                var weights = F.softmax(query.call(x).matmul(x.transpose(1, 2)), -1);
                return head.call(weights.matmul(x));
            }
        }
        class Trainer { Tensor Loss(Net net, Tensor x, Tensor y) => F.cross_entropy(net.call(x), y); }
        """);

    [Theory]
    [InlineData("if (!training) x = x.softmax(1); return x;")]
    [InlineData("if (training) return x; return x.softmax(1);")]
    [InlineData("return training ? x : F.softmax(x, 1);")]
    [InlineData("return !training ? F.softmax(x, 1) : x;")]
    [InlineData("var p = x; if (!training) { p = torch.softmax(x, 1); } return p;")]
    [InlineData("if (probabilities) return x.softmax(1); return x;")]
    public Task Silent_softmax_only_in_evaluation(string end) => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>($$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear head = Linear(8, 3);
            private readonly bool probabilities;
            public Net(bool probabilities = false) : base("Net") { this.probabilities = probabilities; RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                x = head.call(x);
                {{end}}
            }
        }
        class Trainer { Tensor Loss(Tensor x, Tensor y) { var net = new Net(); return F.cross_entropy(net.call(x), y); } }
        """);

    [Fact]
    public Task Silent_another_method_of_the_model_gives_the_probabilities() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear head = Linear(8, 3);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(x);
            public Tensor Predict(Tensor x) => call(x).softmax(1);
        }
        class Trainer
        {
            Tensor Loss(Tensor x, Tensor y)
            {
                var net = new Net();
                var p = net.Predict(x);
                return F.cross_entropy(net.call(x), y);
            }
        }
        """);

    [Fact]
    public Task Silent_one_of_two_models_ends_in_softmax() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Trainer
        {
            Tensor Loss(bool small, Tensor x, Tensor y)
            {
                Module<Tensor, Tensor> net = small ? Linear(4, 3) : Sequential(Linear(4, 3), Softmax(1));
                return F.cross_entropy(net.call(x), y);
            }
        }
        """);

    [Fact]
    public Task Silent_sequential_goes_on_after_softmax() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Trainer
        {
            Tensor Loss(Tensor x, Tensor y)
            {
                var net = Sequential(Linear(4, 3), Softmax(1));
                net.append("last", Linear(3, 3));
                return F.cross_entropy(net.call(x), y);
            }
        }
        """);

    [Theory]
    [InlineData("if (deep) layers.Add(Softmax(1)); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); if (deep) layers.Add(Linear(3, 3)); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); for (var i = 0; i < n; i++) { layers.Add(Linear(3, 3)); } var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); layers.Insert(0, Linear(3, 3)); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); Fill(layers); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); var other = layers; other.Add(Linear(3, 3)); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); void More() => layers.Add(Linear(3, 3)); More(); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); layers = new List<Module<Tensor, Tensor>>(); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); layers.Reverse(); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); layers.Add(Linear(3, 3)); var net = Sequential(layers);")]
    [InlineData("layers.Add(Softmax(1)); var net = Sequential(layers.Skip(1));")]
    [InlineData("layers.Add(Softmax(1)); var net = Sequential(layers); net.append(\"last\", Linear(3, 3));")]
    [InlineData("Module<Tensor, Tensor> net = Linear(3, 3); for (var i = 0; i < n; i++) { net = Sequential(layers); layers.Add(Softmax(1)); }")]
    public Task Silent_where_it_is_not_known_what_a_list_ends_with(string make) => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>(WithList(make, "net.call(x)"));

    [Theory]
    [InlineData("var (p, z) = net.call(x); return F.cross_entropy(z, y);")]
    [InlineData("var (p, z) = net.call(x); p = z; return F.cross_entropy(p, y);")]
    [InlineData("var (p, z) = net.call(x); p.add_(1); return F.cross_entropy(p, y);")]
    [InlineData("var (p, z) = net.call(x); (z, p) = (p, z); return F.cross_entropy(p, y);")]
    [InlineData("var (p, z) = net.call(x); if (deep) { (p, z) = (z, z); } return F.cross_entropy(p, y);")]
    [InlineData("var both = net.call(x); both.Probabilities = both.Logits; return F.cross_entropy(both.Probabilities, y);")]
    [InlineData("var both = net.call(x); both.Probabilities.add_(1); return F.cross_entropy(both.Probabilities, y);")]
    [InlineData("var both = net.call(x); return F.cross_entropy(both.Logits, y);")]
    [InlineData("var both = deep ? net.call(x) : (x, x); return F.cross_entropy(both.Item1, y);")]
    [InlineData("var (p, z) = gru.call(x); return F.cross_entropy(p, y);")]
    [InlineData("var (p, z) = net.call(x); Tensor Later() => F.cross_entropy(p, y); return Later();")]
    public Task Silent_for_the_other_part_of_a_tuple(string code) => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>(WithTuple(code));

    [Fact]
    public Task Silent_for_a_module_of_two_inputs_that_is_no_loss() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Join : Module<Tensor, Tensor, Tensor>
        {
            public Join() : base("Join") { }
            public override Tensor forward(Tensor x, Tensor y) => x + y;
        }
        class Trainer
        {
            private readonly Module<Tensor, Tensor, Tensor> join = new Join();
            private readonly Module<Tensor, Tensor, Tensor> either;
            public Trainer(bool smooth) { either = smooth ? new Join() : CrossEntropyLoss(); }
            Tensor Step(Tensor x, Tensor y) => join.call(x.softmax(1), y) + either.call(x.softmax(1), y);
        }
        """);

    [Fact]
    public Task Silent_model_that_a_class_may_derive_from() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        public class Net : Module<Tensor, Tensor>
        {
            public Net() : base("Net") { }
            public override Tensor forward(Tensor x) => x.softmax(1);
        }
        public class Better : Net
        {
            public override Tensor forward(Tensor x) => x;
        }
        public class Trainer { public Tensor Loss(Net net, Tensor x, Tensor y) => F.cross_entropy(net.call(x), y); }
        """);

    [Theory]
    [InlineData("var p = model.call(x); while (true) { F.cross_entropy(p, y); p = p.softmax(1); }")]
    [InlineData("var p = model.call(x).softmax(1); p.log_(); F.cross_entropy(p, y);")]
    [InlineData("var p = model.call(x).softmax(1); p *= 8; F.cross_entropy(p, y);")]
    [InlineData("var p = model.call(x).softmax(1); Change(ref p); F.cross_entropy(p, y); void Change(ref Tensor t) => t = x;")]
    [InlineData("var p = model.call(x).softmax(1); Change(); F.cross_entropy(p, y); void Change() => p = x;")]
    [InlineData("var p = model.call(x).softmax(1); (p, y) = (x, y); F.cross_entropy(p, y);")]
    [InlineData("var p = model.call(x).softmax(1); F.cross_entropy(p * 8, y);")]
    [InlineData("var p = model.call(x).softmax(1); if (x.dim() == 2) p = x; F.cross_entropy(p, y);")]
    [InlineData("var p = x; again: F.cross_entropy(p, y); p = p.softmax(1); if (x.dim() == 2) goto again;")]
    public Task Silent_changed_in_between(string code) => Silent(code);

    [Fact]
    public Task Silent_other_losses() => Silent("""
        F.mse_loss(model.call(x).softmax(1), y);
        F.nll_loss(model.call(x).log_softmax(1), y);
        new Own().cross_entropy(x.softmax(1), y);
        """, "class Own { public Tensor cross_entropy(Tensor input, Tensor target) => input; }");

    [Fact]
    public Task Silent_unknown_loss() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        public class Trainer
        {
            public Tensor Loss(Loss<Tensor, Tensor, Tensor> loss, Tensor x, Tensor y) => loss.call(x.softmax(1), y);
            static Loss<Tensor, Tensor, Tensor> Create(bool regression) => regression ? MSELoss() : CrossEntropyLoss();
            public Tensor Other(Tensor x, Tensor y) => Create(true).call(x.softmax(1), y);
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("F.cross_entropy([|x.softmax(1)|], y);")]
    [InlineData("F.cross_entropy([|torch.softmax(x, 1)|], y);")]
    [InlineData("F.cross_entropy([|torch.special.softmax(x, 1)|], y);")]
    [InlineData("F.cross_entropy([|F.softmax(x, dim: -1)|], y);")]
    [InlineData("F.cross_entropy([|F.softmax2d(x)|], y);")]
    [InlineData("F.cross_entropy([|Softmax(1).call(x)|], y);")]
    [InlineData("F.cross_entropy([|Softmax2d().forward(x)|], y);")]
    [InlineData("F.cross_entropy(target: y, input: [|x.softmax(1)|], label_smoothing: 0.1);")]
    [InlineData("CrossEntropyLoss().call([|x.softmax(1)|], y);")]
    [InlineData("new CrossEntropyLoss(label_smoothing: 0.1).call([|x.softmax(1)|], y);")]
    [InlineData("var loss = CrossEntropyLoss(); loss.forward([|x.softmax(1)|], y);")]
    [InlineData("Loss<Tensor, Tensor, Tensor> loss = CrossEntropyLoss(); loss.call([|x.softmax(1)|], y);")]
    [InlineData("F.cross_entropy([|x.softmax(1).view(-1, 3)|], y);")]
    [InlineData("F.cross_entropy([|x.softmax(1).to(CPU)|], y);")]
    [InlineData("F.cross_entropy(([|x.softmax(1)|]), y);")]
    public Task Reports_every_spelling(string code) => Reports(code);

    [Theory]
    [InlineData("var p = x.softmax(1); F.cross_entropy([|p|], y);")]
    [InlineData("using var p = x.softmax(1); F.cross_entropy([|p|], y);")]
    [InlineData("using (var p = x.softmax(1)) { if (p.dim() == 2) F.cross_entropy([|p|], y); }")]
    [InlineData("x = model.call(x); x = x.softmax(1); x = x.squeeze(); F.cross_entropy([|x|], y);")]
    [InlineData("var p = x.softmax(1); try { F.cross_entropy([|p|], y); } finally { p.Dispose(); }")]
    [InlineData("var p = x.softmax(1); Func<Tensor> loss = () => F.cross_entropy([|p|], y);")]
    [InlineData("while (true) { var p = x.softmax(1); F.cross_entropy([|p|], y); }")]
    [InlineData("F.cross_entropy([|x.dim() == 2 ? x.softmax(1) : x.softmax(2)|], y);")]
    public Task Reports_through_variables(string code) => Reports(code);

    [Theory]
    [InlineData("return F.softmax(head.call(x), 1);")]
    [InlineData("x = head.call(x); return x.softmax(1);")]
    [InlineData("using var scope = NewDisposeScope(); return head.call(x).softmax(1).MoveToOuterDisposeScope();")]
    [InlineData("return softmax.call(head.call(x));")]
    [InlineData("return End(head.call(x));")]
    [InlineData("return layers.call(x);")]
    [InlineData("if (x.dim() == 1) return x.softmax(0); return x.softmax(1);")]
    public Task Reports_a_model_that_ends_in_softmax(string end) => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>($$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> head = Linear(8, 3), softmax = Softmax(1);
            private readonly Sequential layers;
            public Net() : base("Net") { layers = Sequential(("fc", Linear(8, 3)), ("softmax", Softmax(1))); RegisterComponents(); }
            public override Tensor forward(Tensor x) { {{end}} }
            private Tensor End(Tensor x) => x.softmax(1);
        }
        class Trainer
        {
            private readonly Module<Tensor, Tensor> model = new Net().to(CPU);
            private readonly Loss<Tensor, Tensor, Tensor> criterion = CrossEntropyLoss();
            void Step(Tensor x, Tensor y)
            {
                var output = model.call(x);
                var loss = criterion.call([|output|], y);
            }
        }
        """);

    [Theory]
    [InlineData("layers.Add(Softmax(1)); var net = Sequential(layers);")]
    [InlineData("for (var i = 0; i < n; i++) { layers.Add(Linear(3, 3)); } layers.Add(Softmax(1)); var net = Sequential(layers);")]
    [InlineData("if (deep) { layers.Add(Linear(3, 3)); } layers.Add(Softmax(1)); var count = n; var net = Sequential(layers.ToArray());")]
    [InlineData("Fill(layers); layers.Add(Softmax(1)); var net = Sequential(layers); layers.Add(Linear(3, 3));")]
    [InlineData("var net = Sequential(new List<Module<Tensor, Tensor>> { Linear(3, 3), Softmax(1) });")]
    [InlineData("var named = new List<(string, Module<Tensor, Tensor>)> { (\"fc\", Linear(3, 3)) }; named.Add((\"softmax\", Softmax(1))); var net = Sequential(named);")]
    [InlineData("Module<Tensor, Tensor>[] all = { Linear(3, 3), Softmax(1) }; var net = Sequential(new Module<Tensor, Tensor>[] { Linear(3, 3), Softmax(1) });")]
    public Task Reports_a_list_that_ends_in_softmax(string make) => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>(WithList(make, "[|net.call(x)|]"));

    [Theory]
    [InlineData("var (p, z) = net.call(x); return F.cross_entropy([|p|], y);")]
    [InlineData("var (p, _) = net.call(x); return F.cross_entropy([|p.view(-1, 3)|], y);")]
    [InlineData("Tensor p, z; (p, z) = net.call(x); return F.cross_entropy([|p|], y);")]
    [InlineData("var both = net.call(x); return F.cross_entropy([|both.Probabilities|], y);")]
    [InlineData("var both = Run(x); return F.cross_entropy([|both.Item2|], y);")]
    [InlineData("return F.cross_entropy([|net.call(x).Probabilities|], y);")]
    public Task Reports_a_part_of_a_tuple(string code) => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>(WithTuple(code));

    [Fact]
    public Task Reports_a_loss_in_a_variable_of_its_base_class() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Trainer
        {
            private readonly Module<Tensor, Tensor, Tensor> criterion = CrossEntropyLoss();
            Tensor Step(Tensor x, Tensor y) => criterion.call([|x.softmax(1)|], y);
        }
        """);

    [Fact]
    public Task Reports_a_call_of_the_users_own() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        class Classifier : Module<Tensor, Tensor>
        {
            private readonly EmbeddingBag embedding = EmbeddingBag(100, 8);
            private readonly Linear fc = Linear(8, 4);
            public Classifier() : base("Classifier") { RegisterComponents(); }
            public override Tensor forward(Tensor words) => throw new NotImplementedException();
            public Tensor call(Tensor words, Tensor offsets) => fc.call(embedding.call(words, offsets)).softmax(1);
        }
        class Trainer { Tensor Loss(Classifier model, Tensor x, Tensor y) => F.cross_entropy([|model.call(x, y)|], y); }
        """);

    [Fact]
    public Task Reports_a_loop_that_gets_model_and_loss_from_its_caller() => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>("""
        Train(Sequential(Linear(4, 3), Softmax(1)), CrossEntropyLoss());
        void Train(Module<Tensor, Tensor> model, Loss<Tensor, Tensor, Tensor> loss)
        {
            for (var i = 0; i < 10; i++)
            {
                using var scope = NewDisposeScope();
                var prediction = model.forward(rand(2, 4));
                var output = loss.call([|prediction|], zeros(2, int64));
                output.backward();
            }
        }
        """);

    [Theory]
    [InlineData("softmax", DiagnosticSeverity.Warning, "Cross entropy applies log_softmax itself, and its input already comes from softmax: the gradient of confident mistakes vanishes")]
    [InlineData("log_softmax", DiagnosticSeverity.Info, "Cross entropy applies log_softmax itself, and its input already comes from log_softmax, which changes nothing the second time")]
    public async Task Warns_of_softmax_and_remarks_on_log_softmax(string function, DiagnosticSeverity severity, string message)
    {
        var code = $"class Trainer {{ Tensor Loss(Tensor x, Tensor y) => F.cross_entropy(x.{function}(1), y); }}";
        var diagnostic = Assert.Single(await Driver.Diagnostics(code, new STAB4001SoftmaxIntoCrossEntropy()));
        Assert.Equal(severity, diagnostic.Severity);
        Assert.Equal(message, diagnostic.GetMessage());
    }

    private static Task Silent(string code, string more = "") => Reports(code, more);

    private static Task Reports(string code, string more = "") => Verify.Analyzer<STAB4001SoftmaxIntoCrossEntropy>($$"""
        class Trainer
        {
            private readonly Module<Tensor, Tensor> model = Linear(4, 3);
            void Step(Tensor x, Tensor y)
            {
                {{code}}
            }
        }
        {{more}}
        """);

    private static string WithTuple(string code) => $$"""
        class Net : Module<Tensor, (Tensor Probabilities, Tensor Logits)>
        {
            private readonly Linear head = Linear(4, 3);
            public Net() : base("Net") { RegisterComponents(); }
            public override (Tensor Probabilities, Tensor Logits) forward(Tensor x)
            {
                var z = head.call(x);
                return (F.softmax(z, 1), z);
            }
        }
        class Trainer
        {
            private readonly Net net = new Net();
            private readonly GRU gru = GRU(3, 3);
            (Tensor, Tensor) Run(Tensor x) { var (p, z) = net.call(x); return (z, p); }
            Tensor Loss(bool deep, Tensor x, Tensor y) { {{code}} }
        }
        """;

    private static string WithList(string make, string input) => $$"""
        class Trainer
        {
            Tensor Loss(bool deep, int n, Tensor x, Tensor y)
            {
                var layers = new List<Module<Tensor, Tensor>>();
                {{make}}
                return F.cross_entropy({{input}}, y);
            }
            void Fill(List<Module<Tensor, Tensor>> list) => list.Add(Linear(3, 3));
        }
        """;
}
