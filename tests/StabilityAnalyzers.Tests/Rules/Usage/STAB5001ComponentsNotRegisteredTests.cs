using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5001ComponentsNotRegisteredTests
{
    // A class without the call, for the uses below.
    private const string Net = """

        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Net() : base("Net") { }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        """;

    // ---- what must not be reported ----

    [Theory]
    // A registered module holds it.
    [InlineData("class Root : Module<Tensor, Tensor> { private readonly Net net = new(); public Root() : base(\"Root\") { RegisterComponents(); } public override Tensor forward(Tensor x) => net.call(x); }")]
    [InlineData("class Root : Module<Tensor, Tensor> { private readonly ModuleList<Net> nets = new(new Net(), new Net()); public Root() : base(\"Root\") { RegisterComponents(); } public override Tensor forward(Tensor x) => nets[0].call(x); }")]
    [InlineData("class Root : Module<Tensor, Tensor> { private readonly Net net; public Root() : base(\"Root\") { var made = new Net(); net = made; RegisterComponents(); net.to(CUDA); } public override Tensor forward(Tensor x) => net.call(x); }")]
    [InlineData("class Root : Module<Tensor, Tensor> { public Root() : base(\"Root\") { var net = new Net(); register_module(\"net\", net); net.to(CUDA); } public override Tensor forward(Tensor x) => x; }")]
    // It goes somewhere that may register it.
    [InlineData("class Root : Module<Tensor, Tensor> { private readonly Net net; public Root(Net net) : base(\"Root\") { this.net = net; RegisterComponents(); } public override Tensor forward(Tensor x) => net.call(x); } class Run { void Do() { var net = new Net(); var root = new Root(net); net.parameters(); } }")]
    [InlineData("class Run { void Do() { var net = new Net(); var all = ModuleList(net); net.parameters(); } }")]
    [InlineData("class Run { Net Make() { var net = new Net(); net.to(CUDA); return net; } }")]
    [InlineData("class Run { Module field = null!; void Do() { var net = new Net(); field = net; net.parameters(); } }")]
    [InlineData("class Run { void Do(Action<Module> other) { var net = new Net(); other(net); net.parameters(); } }")]
    // Nothing asks for its parameters.
    [InlineData("class Run { Tensor Do(Tensor x) { var net = new Net(); return net.call(x); } }")]
    [InlineData("class Run { void Do(Net net) { net.parameters(); } }")]
    [InlineData("class Run { void Do() { var net = new Net(); net.to(CPU); } }")]
    public Task Silent_about_the_class_without_the_call(string use) => Verify.Analyzer<STAB5001ComponentsNotRegistered>("#nullable disable\n" + use + Net);

    [Theory]
    [InlineData("private readonly Linear fc = Linear(2, 2); public Root() : base(\"Root\") { RegisterComponents(); }")]
    [InlineData("private readonly Linear fc; public Root() : base(\"Root\") { fc = Linear(2, 2); RegisterComponents(); }")]
    [InlineData("private readonly Linear fc; public Root() : base(\"Root\") => fc = Register(Linear(2, 2)); Linear Register(Linear l) { register_module(\"fc\", l); return l; }")]
    [InlineData("private readonly Parameter w; public Root() : base(\"Root\") { w = Parameter(zeros(2)); register_parameter(\"w\", w); }")]
    [InlineData("private readonly Module<Tensor, Tensor> act = ReLU(); public Root() : base(\"Root\") { }")]
    // Without parameters it does not matter when.
    [InlineData("private readonly Linear fc = Linear(2, 2); private readonly Module<Tensor, Tensor> act; public Root() : base(\"Root\") { RegisterComponents(); act = ReLU(); }")]
    [InlineData("private readonly ModuleList<Module> list; public Root() : base(\"Root\") { RegisterComponents(); list = new(); }")]
    [InlineData("private readonly Sequential net = Sequential(); public Root() : base(\"Root\") { RegisterComponents(); net.append(Linear(2, 2)); }")]
    [InlineData("private Tensor mask; public Root() : base(\"Root\") { RegisterComponents(); mask = zeros(2); }")]
    [InlineData("private Linear fc; public Root(bool a) : base(\"Root\") { if (a) { RegisterComponents(); } fc = Linear(2, 2); }")]
    [InlineData("private Linear fc; public Root(Linear given) : base(\"Root\") { RegisterComponents(); fc = given; }")]
    [InlineData("private Func<Linear> fc; public Root() : base(\"Root\") { RegisterComponents(); fc = () => Linear(2, 2); }")]
    [InlineData("private static Linear fc; public Root() : base(\"Root\") { RegisterComponents(); fc = Linear(2, 2); }")]
    [InlineData("private Linear fc; public Root() : base(\"Root\") { RegisterComponents(); fc = Linear(2, 2); } protected override void RegisterComponents() { }")]
    public Task Silent_about_a_root(string members) => Verify.Analyzer<STAB5001ComponentsNotRegistered>(Root(members));

    [Theory]
    // The fields of the derived class are set before the constructor of the base runs.
    [InlineData("private readonly Linear b = Linear(2, 2); public Derived() { RegisterComponents(); }")]
    [InlineData("private readonly Linear b; public Derived() { b = Linear(2, 2); register_module(nameof(b), b); }")]
    [InlineData("private readonly Module<Tensor, Tensor> b; public Derived() { b = ReLU(); RegisterComponents(); }")]
    [InlineData("private readonly Linear b; public Derived() : base(1) { b = Linear(2, 2); RegisterComponents(); }")]
    public Task Silent_about_a_derived_class(string members) => Verify.Analyzer<STAB5001ComponentsNotRegistered>(Derived(members));

    [Fact]
    public Task Silent_about_a_partial_class_that_calls_it_elsewhere() => Verify.Analyzer<STAB5001ComponentsNotRegistered>("""
        partial class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Net() : base("Net") { Finish(); }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        class Run { void Do() { var net = new Net(); optim.Adam(net.parameters()); } }
        """, ("/0/Test1.cs", "partial class Net { private void Finish() { RegisterComponents(); } }"));

    [Fact]
    public Task Silent_about_an_abstract_base_and_a_class_that_derives_from_a_container() => Verify.Analyzer<STAB5001ComponentsNotRegistered>("""
        abstract class Base : Module<Tensor, Tensor>
        {
            protected readonly Linear fc = Linear(2, 2);
            protected Base() : base("Base") { }
        }
        class Stack : Sequential<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Stack() : base(ReLU()) { }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        class Run { void Do() { var net = new Stack(); optim.Adam(net.parameters()); } }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("class Run { void Do() { var net = new Net(); var o = optim.Adam(net.parameters()); } }", "'parameters' of the instance in 'net' finds nothing in it")]
    [InlineData("class Run { void Do(Device d) { using var net = new Net().to(d); net.train(); Save(net); } void Save(Module m) { m.save(\"a\"); } }", "'save' of the instance in 'net' finds nothing in it")]
    [InlineData("class Run { void Do(Device d) { var net = new Net(); net.to(d); } }", "'to' of the instance in 'net' finds nothing in it")]
    [InlineData("class Run { Module<Tensor, Tensor> Do() => Sequential((\"a\", new Net()), (\"b\", ReLU())); }", "it is put into a Sequential, which does not register what it holds")]
    [InlineData("class Run { void Do(Sequential s) { s.append(new Net()); } }", "it is put into a Sequential, which does not register what it holds")]
    public Task Reported_class_without_the_call(string use, string why) => Verify.Message<STAB5001ComponentsNotRegistered>(
        use + Net.Replace("public Net()", "public {|#0:Net|}()"), $"'Net' does not call RegisterComponents: {why}");

    [Fact]
    public Task Reported_in_top_level_statements() => Verify.Analyzer<STAB5001ComponentsNotRegistered>(
        "var net = new Net();\nvar optimizer = optim.Adam(net.parameters());\n" + Net.Replace("public Net()", "public [|Net|]()"));

    [Theory]
    [InlineData("private Linear fc; public Root() : base(\"Root\") { [|RegisterComponents()|]; fc = Linear(2, 2); } protected override void Dispose(bool disposing) { if (disposing) { fc.Dispose(); ClearModules(); } base.Dispose(disposing); }")]
    [InlineData("private Linear fc; public Root() : base(\"Root\") { [|RegisterComponents()|]; fc = Linear(2, 2); }")]
    [InlineData("private Linear fc; public Root(bool a) : base(\"Root\") { [|RegisterComponents()|]; if (a) { this.fc = Linear(2, 2); } }")]
    [InlineData("private Linear fc = Linear(2, 2); public Root() : base(\"Root\") { [|RegisterComponents()|]; fc = Linear(2, 3); }")]
    [InlineData("private Module<Tensor, Tensor> Fc { get; } public Root() : base(\"Root\") { [|RegisterComponents()|]; Fc = Sequential(Linear(2, 2), ReLU()); }")]
    [InlineData("private Parameter w; public Root() : base(\"Root\") { [|RegisterComponents()|]; w = Parameter(zeros(2)); }")]
    [InlineData("private readonly ModuleList<Linear> list = new(); public Root() : base(\"Root\") { [|RegisterComponents()|]; for (var i = 0; i < 3; i++) list.Add(Linear(2, 2)); }")]
    public Task Reported_too_early(string members) => Verify.Analyzer<STAB5001ComponentsNotRegistered>(Root(members));

    [Theory]
    [InlineData("private readonly Linear b; public Derived() { [|b = Linear(2, 2)|]; RegisterComponents(); }")]
    [InlineData("private readonly Linear b; public Derived() { [|b = Linear(2, 2)|]; }")]
    [InlineData("private readonly Linear b, c; public Derived() : base() { [|b = Linear(2, 2)|]; c = Linear(2, 2); RegisterComponents(); }")]
    [InlineData("public Derived() { [|a = Linear(2, 5)|]; RegisterComponents(); }")]
    public Task Reported_without_effect(string members) => Verify.Analyzer<STAB5001ComponentsNotRegistered>(Derived(members));

    // ---- the fix ----

    [Fact]
    public Task Fix_adds_the_call_at_the_end() => Verify.CodeFix<STAB5001ComponentsNotRegistered, STAB5001RegisterComponentsFix>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc;
            public [|Net|](int n) : base("Net")
            {
                fc = Linear(2, n); // the only one
            }
            public Net() : this(2) { }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        class Run { void Do() { var net = new Net(3); optim.Adam(net.parameters()); } }
        """, """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc;
            public Net(int n) : base("Net")
            {
                fc = Linear(2, n); // the only one
                RegisterComponents();
            }
            public Net() : this(2) { }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        class Run { void Do() { var net = new Net(3); optim.Adam(net.parameters()); } }
        """, "STAB5001:best", "Call RegisterComponents() at the end of the constructor");

    [Fact]
    public Task Fix_fills_an_empty_constructor() => Verify.CodeFix<STAB5001ComponentsNotRegistered, STAB5001RegisterComponentsFix>(
        "class Run { void Do() { Sequential(new Net()); } }" + Net.Replace("public Net()", "public [|Net|]()"),
        "class Run { void Do() { Sequential(new Net()); } }" + Net.Replace("{ }", "{ RegisterComponents(); }"));

    [Fact]
    public Task Fix_moves_the_call_behind_the_last_layer() => Verify.CodeFix<STAB5001ComponentsNotRegistered, STAB5001RegisterComponentsFix>(
        Root("private Linear a, b;\n    public Root(bool deep) : base(\"Root\")\n    {\n        // all of them\n        [|RegisterComponents()|];\n        a = Linear(2, 2);\n        if (deep)\n        {\n            b = Linear(2, 2);\n        }\n\n        this.to(CPU);\n    }"),
        Root("private Linear a, b;\n    public Root(bool deep) : base(\"Root\")\n    {\n        a = Linear(2, 2);\n        if (deep)\n        {\n            b = Linear(2, 2);\n        }\n        // all of them\n        RegisterComponents();\n\n        this.to(CPU);\n    }"),
        "STAB5001:best", "Call RegisterComponents() after the last layer is assigned");

    [Fact]
    public Task Fix_registers_by_name() => Verify.CodeFix<STAB5001ComponentsNotRegistered, STAB5001RegisterComponentsFix>(
        Derived("private readonly Linear b;\n    private readonly Parameter w;\n    public Derived()\n    {\n        [|b = Linear(2, 2)|];\n        w = Parameter(zeros(2));\n        RegisterComponents();\n    }"),
        Derived("private readonly Linear b;\n    private readonly Parameter w;\n    public Derived()\n    {\n        b = Linear(2, 2);\n        register_module(nameof(b), b);\n        w = Parameter(zeros(2));\n        register_parameter(nameof(w), w);\n        RegisterComponents();\n    }"),
        "STAB5001:best", "Register what the constructor assigns with register_module");

    [Theory]
    [InlineData("private Linear fc; public Root(Device d) : base(\"Root\") { [|RegisterComponents()|]; this.to(d); fc = Linear(2, 2); }")]
    [InlineData("private Linear fc; public Root(Device d) : base(\"Root\") { [|RegisterComponents()|]; foreach (var p in parameters()) { init.zeros_(p); } fc = Linear(2, 2); }")]
    public Task Fix_is_not_offered_where_something_asks_in_between(string members) =>
        Verify.NoCodeFix<STAB5001ComponentsNotRegistered, STAB5001RegisterComponentsFix>(Root(members));

    [Theory]
    [InlineData("public Derived() { [|a = Linear(2, 5)|]; RegisterComponents(); }")]
    [InlineData("private readonly Linear b = Linear(2, 3); public Derived() { [|b = Linear(2, 5)|]; }")]
    [InlineData("private readonly ModuleList<Linear> b = new(); public Derived() { [|b.Add(Linear(2, 5))|]; }")]
    public Task Fix_is_not_offered_where_the_name_is_taken(string members) =>
        Verify.NoCodeFix<STAB5001ComponentsNotRegistered, STAB5001RegisterComponentsFix>(Derived(members));

    private static string Root(string members) => $$"""
        #nullable disable
        class Root : Module<Tensor, Tensor>
        {
            {{members}}
            public override Tensor forward(Tensor x) => x;
        }
        """;

    private static string Derived(string members) => $$"""
        #nullable disable
        class Base : Module<Tensor, Tensor>
        {
            protected Linear a = Linear(2, 2);
            public Base() : base("Base") { RegisterComponents(); }
            protected Base(int n) : base("Base") { }
            public override Tensor forward(Tensor x) => a.call(x);
        }
        class Derived : Base
        {
            {{members}}
        }
        """;
}
