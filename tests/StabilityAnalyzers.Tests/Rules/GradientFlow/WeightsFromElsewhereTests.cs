using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>What a constructor leaves is not what training starts with when other code writes the weights.</summary>
public sealed class WeightsFromElsewhereTests
{
    private const string Models = """
        class Net : Module<Tensor, Tensor>
        {
            public readonly Linear first = Linear(64, 64);
            private readonly Sequential layers = Sequential(Enumerable.Range(0, 12).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), Sigmoid() }));
            public Net() : base("net") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => layers.call(first.call(x));
            public void Reset() { foreach (var p in layers.parameters()) init.normal_(p, 0, 3); }
        }
        class Outer : Module<Tensor, Tensor>
        {
            private readonly Net net = new Net();
            public Outer() : base("outer") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => net.call(x);
        }
        class Other : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(4, 4);
            public Other() : base("other") { RegisterComponents(); init.xavier_uniform_(fc.weight); }
            public override Tensor forward(Tensor x) => fc.call(x);
        }

        """;

    [Theory]
    [InlineData("var net = new Net(); net.load(\"net.dat\");")]
    [InlineData("var net = new Net(); net.load_state_dict(new Other().state_dict());")]
    [InlineData("var net = new Net(); init.orthogonal_(net.first.weight);")]
    [InlineData("var net = new Net(); foreach (var (name, p) in net.named_parameters()) { if (name.EndsWith(\"weight\")) init.xavier_uniform_(p); }")]
    [InlineData("var net = new Net(); Init(net); static void Init(Module m) { foreach (var c in m.modules()) { if (c is Linear l) init.normal_(l.weight); } }")]
    [InlineData("var net = new Net(); net.apply(m => { if (m is Linear l) init.normal_(l.weight); });")]
    [InlineData("var net = new Net(); using (no_grad()) { net.first.weight.copy_(torch.eye(64)); }")]
    [InlineData("var net = new Net(); net.first.weight = torch.nn.Parameter(torch.eye(64));")]
    [InlineData("new Outer().load(\"outer.dat\");")]
    [InlineData("var outer = new Outer(); foreach (var p in outer.parameters()) init.normal_(p);")]
    [InlineData("var a = new Net(); var b = new Net(); Copy(a.parameters(), b.parameters()); void Copy(IEnumerable<TorchSharp.Modules.Parameter> x, IEnumerable<TorchSharp.Modules.Parameter> y) { foreach (var (p, q) in x.Zip(y)) p.copy_(q); }")]
    [InlineData("var net = new Net(); net.Reset();")]
    public async Task Class_is_left_alone(string main)
    {
        // An Outer holds a Net of its own, which is not the one that is written.
        var reported = (await Diagnostics(main + "\n" + (main.Contains("Reset()", StringComparison.Ordinal) ? Models : WithoutReset))).Select(ClassAround);
        Assert.Equal(main.Contains("Outer", StringComparison.Ordinal) ? [] : ["Outer"], reported);
    }

    [Theory]
    [InlineData("var net = new Net(); net.save(\"net.dat\"); net.to(CPU); net.eval(); var optimizer = optim.Adam(net.parameters()); nn.utils.clip_grad_norm_(net.parameters(), 1.0);")]
    [InlineData("var other = new Other(); other.load(\"other.dat\"); init.normal_(torch.zeros(3)); foreach (var p in other.parameters()) { p.copy_(torch.zeros(4)); }")]
    [InlineData("foreach (var p in new Net().parameters()) { p.requires_grad_(false); p.grad?.zero_(); Console.WriteLine(p.norm()); }")]
    public async Task What_writes_no_weight_of_it_changes_nothing(string main) =>
        Assert.Equal(["Net", "Outer"], (await Diagnostics(main + "\n" + WithoutReset)).Select(ClassAround).Order(StringComparer.Ordinal));

    private static string WithoutReset => Models.Replace("public void Reset() { foreach (var p in layers.parameters()) init.normal_(p, 0, 3); }", "", StringComparison.Ordinal);

    private static string ClassAround(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree!.GetRoot().FindNode(diagnostic.Location.SourceSpan)
            .FirstAncestorOrSelf<Microsoft.CodeAnalysis.CSharp.Syntax.ClassDeclarationSyntax>()!.Identifier.Text;

    private static async Task<IReadOnlyList<Diagnostic>> Diagnostics(string code)
    {
        Assert.Empty(Driver.Compile(code).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return [.. (await Driver.Diagnostics(code, new ModelGraphAnalyzer())).Where(diagnostic => diagnostic.Id == "STAB1001")];
    }
}
