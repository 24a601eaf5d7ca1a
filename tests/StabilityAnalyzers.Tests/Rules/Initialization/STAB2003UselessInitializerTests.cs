using StabilityAnalyzers.Rules.Initialization;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Initialization;

public sealed class STAB2003UselessInitializerTests
{
    private const string Loop = "foreach (var m in modules()) { if (m is Linear l) init.zeros_(l.weight); }";

    /// <summary>Calls that do what they say. None may be reported.</summary>
    public static TheoryData<string, string> Useful => new()
    {
        { "after registration", Net("RegisterComponents(); " + Loop) },
        { "some children are registered", Net("register_module(\"fc\", fc); " + Loop + " RegisterComponents();") },
        { "a method that registers", Net("Setup(); " + Loop, "void Setup() => RegisterComponents();") },
        { "somebody else registers", Net("Helper.Register(this); " + Loop) + "static class Helper { public static void Register(Net n) => n.register_module(\"a\", Linear(1, 1)); }" },
        { "another constructor registers", "class Net : Module<Tensor, Tensor> { readonly Linear fc = Linear(2, 2); public Net() : base(\"n\") => RegisterComponents(); public Net(int a) : this() { " + Loop + " } public override Tensor forward(Tensor x) => fc.call(x); }" },
        { "the base class registers", "class Base : Module<Tensor, Tensor> { public Base() : base(\"n\") => RegisterComponents(); public override Tensor forward(Tensor x) => x; } class Net : Base { readonly Linear fc = Linear(2, 2); public Net() { " + Loop + " } }" },
        { "before registration, but no initialisation", Net("foreach (var p in parameters()) p.requires_grad = false; var n = parameters().Count(); RegisterComponents();") },
        { "the modules of another module", Net("foreach (var m in fc.modules()) { if (m is Linear l) init.zeros_(l.weight); } RegisterComponents();") },
        { "in a function that is called later", Net("void Fill() { " + Loop + " } RegisterComponents(); Fill();") },
        { "in a loop that comes round after registration", Net("for (int i = 0; i < 2; i++) { " + Loop + " RegisterComponents(); }") },
        { "a method that is called after registration", Net("RegisterComponents(); Fill();", "private void Fill() { " + Loop + " }") },
        { "a method that is called twice", Net("Fill(); RegisterComponents(); Fill();", "private void Fill() { " + Loop + " }") },
        { "a public method", Net("Fill(); RegisterComponents();", "public void Fill() { " + Loop + " }") },
        { "own modules() of the class", Net(Loop + " RegisterComponents();", "public new IEnumerable<object> modules() => new object[] { fc };") },
        { "biases with what takes one dimension", Net("RegisterComponents(); init.zeros_(fc.bias); init.constant_(fc.bias, 0.1); init.normal_(norm.weight, 1, 0.02); init.uniform_(norm.bias);".Replace("init.zeros_(fc.bias); ", "", StringComparison.Ordinal)) },
        { "weights with what takes two", Net("RegisterComponents(); init.xavier_uniform_(fc.weight); init.orthogonal_(conv.weight); init.dirac_(conv2.weight);") },
        { "LayerNorm over two dimensions", Net("RegisterComponents(); init.xavier_uniform_(layerNorm.weight);") },
        { "asked for its dimensions", Net("RegisterComponents(); if (fc.bias.dim() > 1) init.xavier_uniform_(fc.bias);") },
        { "the exception is caught", Net("RegisterComponents(); try { init.xavier_uniform_(fc.bias); } catch (Exception) { }") },
        { "another tensor", Net("RegisterComponents(); init.xavier_uniform_(fc.weight); init.zeros_(fc.bias); init.xavier_uniform_(fc2.weight);") },
        { "used between", Net("RegisterComponents(); init.xavier_uniform_(fc.weight); fc2.weight = new Parameter(fc.weight.clone()); init.zeros_(fc.weight);") },
        { "used between by a method of its own", Net("RegisterComponents(); init.xavier_uniform_(fc.weight); Copy(); init.zeros_(fc.weight);", "void Copy() => fc2.weight = new Parameter(fc.weight.clone());") },
        { "the second only sometimes", Net("RegisterComponents(); init.xavier_uniform_(fc.weight); if (fc2.weight.shape[0] > 3) { init.zeros_(fc.weight); }") },
        { "all, then one", Net("RegisterComponents(); foreach (var m in modules()) { if (m is Linear l) init.xavier_uniform_(l.weight); } init.zeros_(fc.weight);") },
        { "replaced, but held elsewhere", Net("var all = Sequential(fc); init.xavier_uniform_(fc.weight); fc = Linear(2, 2); RegisterComponents(); all.call(torch.zeros(1));") },
        { "replaced sometimes", Net("init.xavier_uniform_(fc.weight); if (DateTime.Now.Year > 3000) { fc = Linear(2, 2); } RegisterComponents();") },
        { "replaced by itself", Net("init.xavier_uniform_(fc.weight); fc = Wrap(fc); RegisterComponents();", "static Linear Wrap(Linear l) => l;") },
        { "replaced in a method, when somebody may hold it", Net("RegisterComponents();", "public void Reset() { init.xavier_uniform_(fc.weight); fc = Linear(2, 2); }") },
    };

    [Theory]
    [MemberData(nameof(Useful))]
    public Task Call_that_has_an_effect_is_left_alone(string what, string code)
    {
        Assert.NotEmpty(what);
        return Verify.Analyzer<STAB2003UselessInitializer>(code);
    }

    [Theory]
    [InlineData("foreach (var m in [|modules()|]) { if (m is Linear l) init.zeros_(l.weight); } RegisterComponents();")]
    [InlineData("foreach (var m in [|this.modules()|].OfType<Linear>()) { init.zeros_(m.weight); } RegisterComponents();")]
    [InlineData("foreach (var (name, p) in [|named_parameters()|]) { if (name.EndsWith(\"weight\")) init.xavier_uniform_(p); } RegisterComponents();")]
    [InlineData("foreach (var p in [|parameters()|]) { if (p.dim() > 1) init.kaiming_normal_(p); } RegisterComponents();")]
    [InlineData("fc = Linear(3, 3); [|parameters()|].ToList().ForEach(p => init.normal_(p, 0, 0.02)); RegisterComponents();")]
    [InlineData("[|apply(m => { if (m is Linear l) init.zeros_(l.weight); })|]; RegisterComponents();")]
    [InlineData("[|apply(Fill)|]; RegisterComponents();", "static void Fill(Module m) { if (m is Linear l) init.zeros_(l.weight); }")]
    [InlineData("if (DateTime.Now.Year > 1) { foreach (var m in [|modules()|]) { if (m is Linear l) init.zeros_(l.weight); } } RegisterComponents();")]
    [InlineData("Fill(); RegisterComponents();", "private void Fill() { foreach (var m in [|modules()|]) { if (m is Linear l) init.zeros_(l.weight); } }")]
    public Task Initialisation_before_registration_is_reported(string constructor, string members = "") =>
        Verify.Analyzer<STAB2003UselessInitializer>(Net(constructor, members));

    [Theory]
    [InlineData("RegisterComponents(); [|init.xavier_uniform_(fc.bias)|];")]
    [InlineData("RegisterComponents(); [|init.kaiming_normal_(conv.bias!)|];")]
    [InlineData("RegisterComponents(); if (fc.bias is not null) [|init.xavier_normal_(fc.bias)|];")]
    [InlineData("RegisterComponents(); [|init.kaiming_uniform_(norm.weight)|]; [|init.orthogonal_(norm.bias)|];")]
    [InlineData("RegisterComponents(); [|init.dirac_(fc.weight)|]; [|init.eye_(conv.weight)|]; [|init.sparse_(conv.weight, 0.1)|];")]
    [InlineData("RegisterComponents(); foreach (var m in modules()) { if (m is Conv2d c) { init.kaiming_normal_(c.weight); [|init.kaiming_normal_(c.bias)|]; } }")]
    public Task Too_few_or_too_many_dimensions_are_reported(string constructor) => Verify.Analyzer<STAB2003UselessInitializer>(
        Net(constructor.Replace("; [|init.eye_(conv.weight)|]; [|init.sparse_(conv.weight, 0.1)|]", "; [|init.eye_(conv.weight)|]; [|init.sparse_(conv2.weight, 0.1)|]", StringComparison.Ordinal)));

    [Theory]
    [InlineData("RegisterComponents(); [|init.xavier_uniform_(fc.weight)|]; init.zeros_(fc.bias); init.normal_(fc.weight, 0, 0.02);")]
    [InlineData("[|init.xavier_uniform_(this.fc.weight)|]; RegisterComponents(); _ = 1; init.zeros_(fc.weight);")]
    [InlineData("RegisterComponents(); foreach (var m in modules()) { if (m is Linear l) { [|init.xavier_uniform_(l.weight)|]; init.zeros_(l.bias); init.kaiming_uniform_(l.weight); } }")]
    [InlineData("[|init.xavier_uniform_(fc.weight)|]; fc = Linear(4, 4); RegisterComponents();")]
    [InlineData("fc = Linear(3, 3); [|init.xavier_uniform_(fc.weight)|]; [|init.zeros_(fc.bias)|]; fc2 = Linear(1, 1); fc = Linear(4, 4); RegisterComponents();")]
    public Task Values_that_nobody_sees_are_reported(string constructor) => Verify.Analyzer<STAB2003UselessInitializer>(Net(constructor));

    [Theory]
    [InlineData("RegisterComponents(); {|#0:init.xavier_uniform_(fc.bias)|};", "'xavier_uniform_' throws: it needs 2 or more dimensions, and 'fc.bias' has 1")]
    [InlineData("{|#0:init.xavier_uniform_(fc.weight)|}; fc = Linear(4, 4); RegisterComponents();", "'xavier_uniform_' has no effect: 'fc' is replaced by another module afterwards")]
    [InlineData("RegisterComponents(); {|#0:init.ones_(fc.weight)|}; init.eye_(fc.weight);", "'ones_' has no effect: 'fc.weight' is initialised again by 'eye_'")]
    [InlineData("foreach (var m in {|#0:modules()|}) { if (m is Linear l) init.zeros_(l.weight); } RegisterComponents();", "'modules()' sees nothing before RegisterComponents(): what it should initialise keeps its default")]
    public Task Message_says_why(string constructor, string message) => Verify.Message<STAB2003UselessInitializer>(Net(constructor), message);

    private static string Net(string constructor, string members = "") => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private Linear fc = Linear(2, 2), fc2 = Linear(2, 2);
            private readonly Conv2d conv = Conv2d(1, 2, 3), conv2 = Conv2d(1, 2, 3);
            private readonly BatchNorm1d norm = BatchNorm1d(2);
            private readonly LayerNorm layerNorm = LayerNorm(new long[] { 2, 2 });
            public Net() : base("net") { {{constructor}} }
            {{members}}
            public override Tensor forward(Tensor x) => fc.call(fc2.call(x));
        }
        """;
}
