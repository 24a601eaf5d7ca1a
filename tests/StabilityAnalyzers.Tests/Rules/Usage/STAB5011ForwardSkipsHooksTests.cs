using Microsoft.CodeAnalysis;
using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5011ForwardSkipsHooksTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("a.forward(b.forward(x))", "")]
    [InlineData("a.call(b.call(x))", "net.a.register_forward_hook((m, i, o) => o);")]
    [InlineData("a.call(b.forward(x))", "net.a.register_forward_hook((m, i, o) => o);")]
    [InlineData("a.forward(x)", "other.register_forward_hook((m, i, o) => o);")]
    [InlineData("a.forward(x)", "foreach (var m in other.modules()) if (m is Linear l) l.register_forward_hook((m, i, o) => o);")]
    public Task Silent(string forward, string hooks) => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net(forward, hooks));

    [Theory]
    [InlineData("foreach (var m in net.modules()) if (m is Conv2d c) c.register_forward_hook((m, i, o) => o);")]
    [InlineData("foreach (var (name, m) in net.named_modules()) if (name == \"b\") ((Linear)m).register_forward_hook((m, i, o) => o);")]
    [InlineData("foreach (var (name, m) in net.named_modules()) { if (name != \"b\") continue; ((Linear)m).register_forward_hook((m, i, o) => o); }")]
    [InlineData("foreach (var (name, m) in net.named_modules()) { if (m is not Linear l) continue; if (name != \"b\") continue; l.register_forward_hook((m, i, o) => o); }")]
    [InlineData("foreach (var m in net.modules()) if (m is Linear { bias: null } l) l.register_forward_hook((m, i, o) => o);")]
    [InlineData("foreach (var m in net.modules()) switch (m) { case Linear l when l.training: l.register_forward_hook((m, i, o) => o); break; }")]
    [InlineData("foreach (var m in net.modules().Skip(2)) if (m is Linear l) l.register_forward_hook((m, i, o) => o);")]
    [InlineData("foreach (var m in net.modules()) if (m is Linear l) { l.register_forward_hook((m, i, o) => o); break; }")]
    public Task Silent_where_the_hook_is_not_known_to_be_on_the_child(string hooks) => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net("a.forward(x)", hooks));

    [Fact]
    public Task Silent_for_the_children_of_a_child_without_hooks() => Verify.Analyzer<STAB5011ForwardSkipsHooks>("""
        class Block : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Block() : base("Block") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => fc.forward(x);
        }
        class Net : Module<Tensor, Tensor>
        {
            private readonly Block block = new();
            private readonly Linear head = Linear(2, 2);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => [|head.forward(block.call(x))|];
        }
        class Run
        {
            void Watch(Net net) { foreach (var m in net.children()) { if (m is Linear l) { l.register_forward_hook((m, i, o) => o); } } }
        }
        """);

    [Theory]
    [InlineData("a.forward(x)", "GradientRecorder.Attach(other);")]
    [InlineData("a.forward(x)", "GradientRecorder.Attach(unknown);")]
    [InlineData("a.forward(x)", "Module<Tensor, Tensor> model = net; GradientRecorder.Attach(model);")]
    [InlineData("a.forward(x)", "GradientRecorder.Attach(net, new RecorderOptions { ErrorSignals = false });")]
    [InlineData("a.forward(x)", "GradientRecorder.Attach(net, options);")]
    [InlineData("a.forward(x)", "var mine = new RecorderOptions { ErrorSignals = false }; GradientRecorder.Attach(net, mine);")]
    [InlineData("a.forward(x)", "Own.GradientRecorder.Attach(net);")]
    [InlineData("a.call(x)", "GradientRecorder.Attach(net);")]
    public Task Silent_beside_a_recorder_that_is_not_known_to_need_the_hooks(string forward, string attach) =>
        Verify.Analyzer<STAB5011ForwardSkipsHooks>(Recorded(forward, attach), s_runtime);

    // The recorder has no hooks on what holds other modules: a Sequential runs its children by call whichever way it is run.
    [Fact]
    public Task Silent_for_a_block_in_a_recorded_model() => Verify.Analyzer<STAB5011ForwardSkipsHooks>("""
        using StabilityAnalyzers.Runtime;
        class Block : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Block() : base("Block") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => [|fc.forward(x)|];
        }
        class Net : Module<Tensor, Tensor>
        {
            private readonly Block block = new();
            private readonly Sequential layers = Sequential(Linear(2, 2), ReLU());
            private readonly Module<Tensor, Tensor> rest = Sequential(Linear(2, 2), ReLU());
            private readonly Module<Tensor, Tensor> either;
            public Net(bool deep) : base("Net") { either = deep ? new Block() : Linear(2, 2); RegisterComponents(); }
            public override Tensor forward(Tensor x) => either.forward(rest.forward(layers.forward(block.forward(x))));
        }
        class Run
        {
            void Watch() { var net = new Net(true); using var recorder = GradientRecorder.Attach(net); }
        }
        """, s_runtime);

    [Fact]
    public Task Silent_for_the_base_and_for_modules_outside_of_modules() => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net("a.call(x)", "net.a.register_forward_hook((m, i, o) => o); net.a.forward(ones(2)); net.forward(ones(2));"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|a.forward(x)|]", "net.a.register_forward_hook((m, i, o) => o);")]
    [InlineData("[|this.a.forward(b.forward(x))|]", "net.a.register_forward_pre_hook((m, i) => i);")]
    [InlineData("[|a.forward([|b.forward(x)|])|]", "foreach (var m in net.modules()) if (m is Linear l) l.register_forward_hook((m, i, o) => o);")]
    [InlineData("[|a.forward([|b.forward(x)|])|]", "foreach (var (name, m) in net.named_children()) ((Linear)m).register_forward_hook((m, i, o) => o);")]
    public Task Reported(string forward, string hooks) => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net(forward, hooks));

    [Theory]
    [InlineData("foreach (var (name, m) in net.named_modules()) { if (m is not Linear l) continue; var h = l.register_forward_hook((m, i, o) => o); }")]
    [InlineData("foreach (var m in net.modules().OfType<Linear>()) { m.register_forward_hook((m, i, o) => { return o; }); }")]
    [InlineData("foreach (var m in net.modules()) switch (m) { case Linear l: l.register_forward_hook((m, i, o) => o); break; case Conv2d c: break; }")]
    [InlineData("foreach (var m in net.modules()) if (m is Module<Tensor, Tensor> l) l.register_forward_hook((m, i, o) => o);")]
    public Task Reported_after_the_ways_to_go_through_a_model(string hooks) => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net("[|a.forward(x)|]", hooks));

    [Theory]
    [InlineData("[|a.forward([|b.forward(x)|])|]", "using var recorder = GradientRecorder.Attach(net);")]
    [InlineData("[|c.forward(x)|]", "using var recorder = GradientRecorder.Attach(net, new RecorderOptions { WeightNorms = true });")]
    [InlineData("[|a.forward(x)|]", "var mine = new RecorderOptions { ErrorSignals = true }; var recorder = GradientRecorder.Attach(options: mine, model: net);")]
    public Task Reported_in_a_recorded_model(string forward, string attach) =>
        Verify.Analyzer<STAB5011ForwardSkipsHooks>(Recorded(forward, attach), s_runtime);

    [Fact]
    public Task Reported_in_the_modules_that_the_model_holds() => Verify.Analyzer<STAB5011ForwardSkipsHooks>("""
        class Block : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Block() : base("Block") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => [|fc.forward(x)|];
        }
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Block> blocks = new(new Block());
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => blocks[0].call(x);
        }
        class Run
        {
            void Watch(Net net) { foreach (var m in net.modules()) { if (m is Linear l) { l.register_forward_hook((m, i, o) => o); } } }
        }
        """);

    [Fact]
    public Task Names_the_child() => Verify.Message<STAB5011ForwardSkipsHooks>(
        Net("{|#0:a.forward(x)|}", "net.a.register_forward_hook((m, i, o) => o);"),
        "Hooks are registered on 'a', and forward does not run them: use call");

    // ---- the fix ----

    [Fact]
    public Task Fix_calls() => Verify.CodeFix<STAB5011ForwardSkipsHooks, STAB5011CallFix>(
        Net("[|a.forward([|b.forward(x)|])|] /* both */", "foreach (var m in net.modules()) if (m is Linear l) l.register_forward_hook((m, i, o) => o);"),
        Net("a.call(b.call(x)) /* both */", "foreach (var m in net.modules()) if (m is Linear l) l.register_forward_hook((m, i, o) => o);"),
        "STAB5011:best", "Use call, which runs the hooks");

    // As the runtime declares them; its own tests hold it to these names.
    private static readonly MetadataReference s_runtime = References.Assembly("StabilityAnalyzers.Runtime", """
        using System;
        using TorchSharp;
        namespace StabilityAnalyzers.Runtime
        {
            public sealed class RecorderOptions
            {
                public bool ErrorSignals { get; set; } = true;
                public bool WeightNorms { get; set; }
            }
            public sealed class GradientRecorder : IDisposable
            {
                public static GradientRecorder Attach(torch.nn.Module model, RecorderOptions? options = null) => new GradientRecorder();
                public void Dispose() { }
            }
        }
        """);

    private static string Recorded(string forward, string attach) => $$"""
        using StabilityAnalyzers.Runtime;
        class Net : Module<Tensor, Tensor>
        {
            public readonly Linear a = Linear(2, 2);
            public readonly Linear b = Linear(2, 2);
            private readonly Module<Tensor, Tensor> c;
            public Net() : base("Net") { c = Tanh(); RegisterComponents(); }
            public override Tensor forward(Tensor x) => {{forward}};
        }
        class Other : Module<Tensor, Tensor>
        {
            private readonly Linear a = Linear(2, 2);
            public Other() : base("Other") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => a.call(x);
        }
        namespace Own
        {
            static class GradientRecorder { public static void Attach(Module model) { } }
        }
        class Run
        {
            void Watch(Net net, Other other, Module unknown, RecorderOptions options)
            {
                {{attach}}
            }
        }
        """;

    private static string Net(string forward, string hooks) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            public readonly Linear a = Linear(2, 2);
            public readonly Linear b = Linear(2, 2);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => {{forward}};
        }
        class Run
        {
            void Watch(Net net, Linear other)
            {
                {{hooks}}
            }
        }
        """;
}
