using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5002UnregisteredComponentTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("ModuleList<Linear> layers = new(Linear(2, 2))", "layers[0].call(x)")]
    [InlineData("ModuleList<Linear> layers = ModuleList<Linear>(Linear(2, 2))", "layers[0].call(x)")]
    [InlineData("ModuleDict<Linear> layers = new()", "x")]
    [InlineData("Sequential layers = Sequential(Linear(2, 2))", "layers.call(x)")]
    [InlineData("ParameterList layers = ParameterList()", "x")]
    // Nothing in them is lost.
    [InlineData("List<Module<Tensor, Tensor>> layers = new() { ReLU(), Dropout(0.1) }", "layers[0].call(x)")]
    [InlineData("Module<Tensor, Tensor>[] layers = { ReLU() }", "layers[0].call(x)")]
    [InlineData("static readonly Module<Tensor, Tensor> layers = GELU()", "layers.call(x)")]
    // No layers, or none that are made here.
    [InlineData("List<long> layers = new() { 1 }", "x")]
    [InlineData("List<Module<Tensor, Tensor>> layers = new()", "layers[0].call(x)")]
    [InlineData("List<Tensor> layers = new() { zeros(1) }", "x + layers[0]")]
    // Somebody cares for them.
    [InlineData("List<Linear> layers = new() { Linear(2, 2) }", "Sequential(layers).call(x)")]
    [InlineData("List<Linear> layers = new() { Linear(2, 2) }", "x; IEnumerable<Parameter> Own() => layers.SelectMany(l => l.parameters())")]
    [InlineData("List<Linear> layers = new() { Linear(2, 2) }", "x; IEnumerable<Parameter> Own() { foreach (var l in layers) foreach (var p in l.parameters()) yield return p; }")]
    [InlineData("List<Linear> layers = new() { Linear(2, 2) }", "x; IEnumerable<Parameter> Own() => layers[0].parameters()")]
    [InlineData("List<Linear> layers = new() { Linear(2, 2) }", "x; void Own() { for (var i = 0; i < 1; i++) register_module($\"{i}\", layers[i]); }")]
    [InlineData("Linear[] layers = { Linear(2, 2) }", "x; IReadOnlyList<Linear> All => layers")]
    [InlineData("static readonly Linear layers = Linear(2, 2)", "layers.call(x); static IEnumerable<Parameter> Own() => layers.parameters()")]
    [InlineData("Tensor layers = zeros(2)", "x + layers")]
    [InlineData("Tensor layers = zeros(2, requires_grad: false)", "x + layers")]
    [InlineData("Tensor layers = zeros(2, requires_grad: true)", "x + layers; void Own() { layers.grad?.zero_(); }")]
    [InlineData("Tensor layers = zeros(2, requires_grad: true)", "x + layers; Parameter Own() => new Parameter(layers)")]
    [InlineData("Parameter layers = Parameter(zeros(2, requires_grad: true))", "x + layers")]
    public Task Silent_for_a_field(string field, string forward) => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(field, "", forward));

    [Fact]
    public Task Silent_where_the_list_only_names_what_fields_hold() => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(
        "Linear a = Linear(2, 2); private readonly List<Linear> layers = new()", "layers.Add(a);", "layers[0].call(x)"));

    [Fact]
    public Task Silent_where_the_class_registers_by_hand() => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(
        "List<Linear> layers = new()",
        "for (var i = 0; i < 3; i++) { layers.Add(Linear(2, 2)); register_module($\"layer{i}\", layers[i]); }",
        "layers[0].call(x)"));

    [Fact]
    public Task Silent_in_a_class_that_is_no_module() => Verify.Analyzer<STAB5002UnregisteredComponent>("""
        class Ensemble
        {
            private readonly List<Linear> layers = new() { Linear(2, 2) };
            private static readonly Linear head = Linear(2, 2);
            private readonly Tensor weight = zeros(2, requires_grad: true);
            public Tensor Run(Tensor x) => head.call(layers[0].call(x)) + weight;
        }
        """);

    [Fact]
    public Task Silent_where_parameters_is_overridden() => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(
        "List<Linear> layers = new() { Linear(2, 2) }", "",
        "layers[0].call(x); public override IEnumerable<Parameter> parameters(bool recurse = true) => layers[0].weight is { } w ? new[] { w } : Array.Empty<Parameter>()"));

    [Fact]
    public Task Silent_for_a_list_that_other_projects_see() => Verify.Analyzer<STAB5002UnregisteredComponent>("""
        public class Net : Module<Tensor, Tensor>
        {
            public readonly List<Linear> layers = new() { Linear(2, 2) };
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => layers[0].call(x);
        }
        """);

    [Theory]
    // In the constructor it is another rule's, or in time.
    [InlineData("private Linear layer; public Net() : base(\"Net\") { layer = Linear(2, 2); RegisterComponents(); }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { Build(); RegisterComponents(); } private void Build() { layer = Linear(2, 2); }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { Prepare(); RegisterComponents(); } private void Prepare() => Build(); private void Build() { layer = Linear(2, 2); }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { Action build = Build; build(); RegisterComponents(); } private void Build() { layer = Linear(2, 2); }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { Build(); RegisterComponents(); } protected virtual void Build() { layer = Linear(2, 2); }")]
    // Whoever holds this module registers it, and nobody knows when.
    [InlineData("private Linear layer; public Net() : base(\"Net\") { } public void Build() { layer = Linear(2, 2); }")]
    // No parameters, no new layer, by hand.
    [InlineData("private Module<Tensor, Tensor> layer; public Net() : base(\"Net\") { RegisterComponents(); } public void Build() { layer = Identity(); }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { RegisterComponents(); } public void Build(Linear given) { layer = given; }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { RegisterComponents(); } public void Build() { layer = Linear(2, 2); register_module(\"layer\", layer); }")]
    public Task Silent_for_an_assignment(string members) => Verify.Analyzer<STAB5002UnregisteredComponent>(WithLayer(members));

    // ---- what must be reported ----

    [Theory]
    [InlineData("List<Linear> [|layers|] = new() { Linear(2, 2) }", "layers[0].call(x)")]
    [InlineData("List<Module<Tensor, Tensor>> [|layers|] = new List<Module<Tensor, Tensor>> { Linear(2, 2), ReLU() }", "layers[0].forward(x)")]
    [InlineData("Linear[] [|layers|] = { Linear(2, 2) }", "layers[0].call(x)")]
    [InlineData("List<Linear> [|layers|] = new() { Linear(2, 2) }", "layers[0].call(x); protected override void Dispose(bool disposing) { foreach (var layer in layers) layer.Dispose(); ClearModules(); base.Dispose(disposing); }")]
    [InlineData("Linear[] [|layers|] = new[] { Linear(2, 2) }", "layers[0].call(x)")]
    [InlineData("Dictionary<string, Linear> [|layers|] = new() { [\"a\"] = Linear(2, 2) }", "layers[\"a\"].call(x)")]
    [InlineData("Dictionary<string, Linear> [|layers|] = new() { { \"a\", Linear(2, 2) } }", "layers[\"a\"].call(x)")]
    [InlineData("List<Linear> [|layers|] = Enumerable.Range(0, 3).Select(_ => Linear(2, 2)).ToList()", "layers[0].call(x)")]
    [InlineData("List<Sequential> [|layers|] = new() { Sequential(Linear(2, 2), ReLU()) }", "layers[0].call(x)")]
    [InlineData("List<Block> [|layers|] = new() { new Block() }", "layers[0].call(x)")]
    [InlineData("static readonly Linear [|layers|] = Linear(2, 2)", "layers.call(x)")]
    [InlineData("Tensor [|layers|] = zeros(2, requires_grad: true)", "x + layers")]
    [InlineData("Tensor [|layers|] = randn(2, 2).requires_grad_()", "x.matmul(layers)")]
    public Task Reported_field(string field, string forward) => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(field, "", forward));

    [Theory]
    [InlineData("for (var i = 0; i < depth; i++) layers.Add(Linear(2, 2));")]
    [InlineData("layers.AddRange(new[] { Linear(2, 2) });")]
    [InlineData("layers.Insert(0, Linear(2, 2));")]
    public Task Reported_where_layers_are_added(string constructor) => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(
        "List<Linear> [|layers|] = new()", constructor, "Run(x); private Tensor Run(Tensor x) { foreach (var layer in layers) x = layer.call(x).relu(); for (var i = 0; i < layers.Count; i++) { var one = layers[i]; x = one.call(x); } return x; }"));

    [Fact]
    public Task Reported_array_that_is_filled() => Verify.Analyzer<STAB5002UnregisteredComponent>(Net(
        "Linear[] [|layers|]", "layers = new Linear[depth]; for (var i = 0; i < layers.Length; i++) layers[i] = Linear(2, 2);", "layers[0].call(x)"));

    [Theory]
    [InlineData("private Linear layer; public Net() : base(\"Net\") { RegisterComponents(); } public void Build() { [|layer = Linear(2, 2)|]; }")]
    [InlineData("private Linear layer; public Net() : base(\"Net\") => RegisterComponents(); public void Build() { [|layer = Linear(2, 2)|]; }")]
    [InlineData("private Linear layer = Linear(2, 2); public Net() : base(\"Net\") { RegisterComponents(); } public void ResetHead(long n) { [|this.layer = Linear(2, n)|]; }")]
    public Task Reported_assignment(string members) => Verify.Analyzer<STAB5002UnregisteredComponent>(WithLayer(members));

    [Fact]
    public Task Reported_head_that_is_replaced_from_outside() => Verify.Analyzer<STAB5002UnregisteredComponent>("""
        class Net : Module<Tensor, Tensor>
        {
            public Linear head = Linear(512, 1000);
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(x);
        }
        class FineTuning
        {
            void Run()
            {
                var net = new Net();
                [|net.head = Linear(512, 10)|];
                var other = new Net { [|head = Linear(512, 10)|] };
                optim.Adam(net.parameters());
            }
        }
        """);

    [Fact]
    public Task Says_what_is_lost() => Verify.Message<STAB5002UnregisteredComponent>(
        Net("Linear[] {|#0:layers|} = { Linear(2, 2) }", "", "layers[0].call(x)"),
        "'layers' holds layers in a collection that is no module: it is not among the parameters of 'Net', and is not trained");

    // ---- the fix ----

    [Theory]
    [InlineData("List<Linear> [|layers|] = new() { Linear(2, 2) }", "ModuleList<Linear> layers = new() { Linear(2, 2) }")]
    [InlineData("List<Linear> [|layers|] = new List<Linear> { Linear(2, 2) }", "ModuleList<Linear> layers = new ModuleList<Linear> { Linear(2, 2) }")]
    [InlineData("Linear[] [|layers|] = { Linear(2, 2), Linear(2, 2) }", "ModuleList<Linear> layers = new ModuleList<Linear>(Linear(2, 2), Linear(2, 2))")]
    [InlineData("Linear[] [|layers|] = new[] { Linear(2, 2) }", "ModuleList<Linear> layers = new ModuleList<Linear>(Linear(2, 2))")]
    [InlineData(
        "List<Linear> [|layers|] = Enumerable.Range(0, 3).Select(_ => Linear(2, 2)).ToList()",
        "ModuleList<Linear> layers = new ModuleList<Linear>(Enumerable.Range(0, 3).Select(_ => Linear(2, 2)).ToArray())")]
    public Task Fix_makes_a_module_list(string before, string after) => Verify.CodeFix<STAB5002UnregisteredComponent, STAB5002RegisterFix>(
        Net(before, "", "layers[0].call(x)"), Net(after, "", "layers[0].call(x)"), "STAB5002:best", "Make 'layers' a ModuleList, which registers its layers");

    [Fact]
    public Task Fix_changes_all_uses() => Verify.CodeFix<STAB5002UnregisteredComponent, STAB5002RegisterFix>(
        Net("List<Linear> [|layers|]", "layers = new List<Linear>(); for (var i = 0; i < depth; i++) layers.Add(Linear(2, 2));", "layers[layers.Count - 1].call(x)"),
        Net("ModuleList<Linear> layers", "layers = new ModuleList<Linear>(); for (var i = 0; i < depth; i++) layers.Add(Linear(2, 2));", "layers[layers.Count - 1].call(x)"));

    [Fact]
    public Task Fix_changes_length_to_count() => Verify.CodeFix<STAB5002UnregisteredComponent, STAB5002RegisterFix>(
        Net("Linear[] [|layers|] = { Linear(2, 2) }", "", "layers[layers.Length - 1].call(x)"),
        Net("ModuleList<Linear> layers = new ModuleList<Linear>(Linear(2, 2))", "", "layers[layers.Count - 1].call(x)"));

    [Fact]
    public Task Fix_takes_static_away() => Verify.CodeFix<STAB5002UnregisteredComponent, STAB5002RegisterFix>(
        Net("static readonly Linear [|layers|] = Linear(2, 2)", "", "layers.call(x)"),
        Net("readonly Linear layers = Linear(2, 2)", "", "layers.call(x)"),
        "STAB5002:best", "Make 'layers' a field of the instance");

    [Fact]
    public Task Fix_makes_a_parameter() => Verify.CodeFix<STAB5002UnregisteredComponent, STAB5002RegisterFix>(
        Net("readonly Tensor [|layers|] = randn(2, 2, requires_grad: true)", "", "x.matmul(layers)"),
        Net("readonly Parameter layers = new Parameter(randn(2, 2, requires_grad: true))", "", "x.matmul(layers)"),
        "STAB5002:best", "Make 'layers' a Parameter, which is trained");

    [Theory]
    [InlineData("Dictionary<string, Linear> [|layers|] = new() { [\"a\"] = Linear(2, 2) }", "", "layers[\"a\"].call(x)")]
    [InlineData("Linear[] [|layers|] = new Linear[3]", "layers[0] = Linear(2, 2);", "layers[0].call(x)")]
    [InlineData("List<Linear> [|layers|] = new()", "RegisterComponents(); layers.Add(Linear(2, 2));", "layers[0].call(x)")]
    [InlineData("List<IModule<Tensor, Tensor>> [|layers|] = new() { Linear(2, 2) }", "", "layers[0].call(x)")]
    [InlineData("static readonly Linear [|layers|] = Linear(2, 2)", "", "Run(x); static Tensor Run(Tensor x) => layers.call(x)")]
    public Task Fix_is_not_offered_where_it_would_not_do(string field, string constructor, string forward) =>
        Verify.NoCodeFix<STAB5002UnregisteredComponent, STAB5002RegisterFix>(Net(field, constructor, forward));

    private static string Net(string field, string constructor, string forward) => $$"""
        #nullable disable
        class Block : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(2, 2);
            public Block() : base("Block") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        class Net : Module<Tensor, Tensor>
        {
            private {{field}};
            public Net(int depth) : base("Net")
            {
                {{constructor}}
                RegisterComponents();
            }
            public override Tensor forward(Tensor x) => {{forward}}{{(forward.EndsWith('}') ? "" : ";")}}
        }
        """;

    private static string WithLayer(string members) => $$"""
        #nullable disable
        class Net : Module<Tensor, Tensor>
        {
            {{members}}
            public override Tensor forward(Tensor x) => layer.call(x);
        }
        """;
}
