using Microsoft.CodeAnalysis;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>The optimizer that trains a model decides whether its gradient is too small; where none is seen, the most tolerant one does.</summary>
public sealed class ModelOptimizersTests
{
    // A depth factor of 1e-6.6, which Adam trains and SGD does not.
    private static readonly string s_net = Graph.Stack(17);

    [Theory]
    [InlineData("nothing", "")]
    [InlineData("Adam", "static void Run() { var net = new Net(); var o = optim.Adam(net.parameters()); }")]
    [InlineData("both", "static void Run() { var net = new Net(); var a = optim.SGD(net.parameters(), 0.1); var b = optim.AdamW(net.parameters()); }")]
    [InlineData("one of two", "static void Run(bool fast) { var net = new Net(); torch.optim.Optimizer o = fast ? optim.Adam(net.parameters()) : optim.SGD(net.parameters(), 0.1); }")]
    [InlineData("SGD for another model", "static void Run() { var net = new Net(); var other = Linear(1, 1); var o = optim.SGD(other.parameters(), 0.1); }")]
    [InlineData("SGD for a part", "static void Run() { var net = new Net(); var o = optim.SGD(net.modules().Last().parameters(), 0.1); }")]
    [InlineData("SGD, and Adam for something unknown", "static void Run(Module<Tensor, Tensor> any) { var net = new Net(); var o = optim.SGD(net.parameters(), 0.1); var p = optim.Adam(any.parameters()); }")]
    [InlineData("SGD for something unknown", "static void Run(Module<Tensor, Tensor> any) { var o = optim.SGD(any.parameters(), 0.1); }")]
    [InlineData("not measured", "static void Run() { var net = new Net(); var o = optim.Adagrad(net.parameters()); }")]
    [InlineData("LBFGS beside SGD", "static void Run() { var net = new Net(); var o = optim.SGD(net.parameters(), 0.1); var l = optim.LBFGS(net.parameters()); }")]
    public async Task Tolerant_or_unknown_optimizer_is_left_alone(string what, string program)
    {
        Assert.NotEmpty(what);
        Assert.Empty(await Graph.Diagnostics("STAB1001", s_net + $"static class Program {{ {program} }}"));
    }

    [Theory]
    [InlineData("local variable", "static void Run() { var net = new Net(); var o = optim.SGD(net.parameters(), 0.1); }")]
    [InlineData("momentum, on a device", "static void Run() { var net = new Net().to(CPU); using var o = optim.SGD(net.parameters(), 0.1, momentum: 0.9); }")]
    [InlineData("constructor of the class", "static readonly Net net = new(); static TorchSharp.Modules.SGD o = new(net.parameters(), 0.1);")]
    [InlineData("parameter of a trainer", "static void Main2() => Train(new Net()); static void Train(Module<Tensor, Tensor> model) { var o = optim.SGD(model.parameters(), 0.1); }")]
    [InlineData("parameter of its own type", "static void Train(Net model) { var o = optim.SGD(model.parameters(), 0.1); }")]
    [InlineData("part of another model", "static void Run() { var o = optim.SGD(new Whole().parameters(), 0.1); } class Whole : Module<Tensor, Tensor> { readonly Net net = new(); public Whole() : base(\"w\") => RegisterComponents(); public override Tensor forward(Tensor x) => net.call(x); }")]
    public async Task SGD_is_judged_by_its_own_limit_and_named(string what, string program)
    {
        Assert.NotEmpty(what);
        var found = await Graph.Diagnostics("STAB1001", s_net + $"static class Program {{ {program} }}");
        Assert.All(found, diagnostic => Assert.Equal("SGD", diagnostic.Properties["optimizer"]));
        Assert.All(found, diagnostic => Assert.Contains(", too little for SGD: ", diagnostic.Message(), StringComparison.Ordinal));
        Assert.Contains(found, diagnostic => diagnostic.Properties["layer"] == "layers.0");
    }

    [Fact]
    public async Task Container_in_ordinary_code_is_judged_by_its_optimizer()
    {
        static string Program(string optimizer) => $$"""
            var model = Sequential(Enumerable.Range(0, 17).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), ReLU() }).Append(Linear(64, 4)));
            var optimizer = {{optimizer}};
            """;
        Assert.Equal("SGD", Assert.Single(await Graph.Diagnostics("STAB1001", Program("optim.SGD(model.parameters(), 0.1)"))).Properties["optimizer"]);
        Assert.Empty(await Graph.Diagnostics("STAB1001", Program("optim.Adam(model.parameters())")));
    }

    [Theory]
    [InlineData("optim.SGD(net.parameters(), 0.1)", DiagnosticSeverity.Warning)]
    [InlineData("optim.Adam(net.parameters())", DiagnosticSeverity.Info)]
    public async Task Explosion_is_a_warning_for_the_optimizer_that_fails_of_it(string optimizer, DiagnosticSeverity severity)
    {
        var code = Graph.Stack(12, init: "init.normal_(l.weight, 0, 0.5)") + $"static class Program {{ static void Run() {{ var net = new Net(); var o = {optimizer}; }} }}";
        Assert.Equal(severity, Assert.Single(await Graph.Diagnostics("STAB1003", code)).Severity);
    }
}
