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

    [Fact]
    public Task Silent_for_the_base_and_for_modules_outside_of_modules() => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net("a.call(x)", "net.a.register_forward_hook((m, i, o) => o); net.a.forward(ones(2)); net.forward(ones(2));"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|a.forward(x)|]", "net.a.register_forward_hook((m, i, o) => o);")]
    [InlineData("[|this.a.forward(b.forward(x))|]", "net.a.register_forward_pre_hook((m, i) => i);")]
    [InlineData("[|a.forward([|b.forward(x)|])|]", "foreach (var m in net.modules()) if (m is Linear l) l.register_forward_hook((m, i, o) => o);")]
    [InlineData("[|a.forward([|b.forward(x)|])|]", "foreach (var (name, m) in net.named_children()) ((Linear)m).register_forward_hook((m, i, o) => o);")]
    public Task Reported(string forward, string hooks) => Verify.Analyzer<STAB5011ForwardSkipsHooks>(Net(forward, hooks));

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
