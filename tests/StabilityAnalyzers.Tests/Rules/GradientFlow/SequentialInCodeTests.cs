using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Rules;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>A <c>Sequential</c> that is made outside of module classes: in members of other classes, and in top-level statements.</summary>
public sealed class SequentialInCodeTests
{
    private const string Deep = "Sequential(Enumerable.Range(0, 12).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), Sigmoid() }).Append(Linear(64, 4)).ToArray())";
    private const string Healthy = "Sequential(Linear(64, 64), ReLU(), Linear(64, 4))";

    [Theory]
    [InlineData("class Trainer { private readonly Sequential net = HEALTHY; }")]
    [InlineData("class Trainer { public static Sequential Net { get; } = HEALTHY; }")]
    [InlineData("class Trainer { private static readonly Module<Tensor, Tensor>[] parts = new Module<Tensor, Tensor>[] { Linear(4, 4), Sigmoid() }; private readonly Sequential net = Sequential(parts[0], parts[1]); }")]
    [InlineData("class Trainer { private readonly Sequential net; public Trainer(Module<Tensor, Tensor>[] parts) { net = Sequential(parts); } }")]
    [InlineData("class Trainer { private readonly Sequential net = DEEP; public void Load() { net.load(\"net.dat\"); } }")]
    [InlineData("class Trainer { private readonly Func<int, Module<Tensor, Tensor>> make = i => Sequential(Linear(i, i), Sigmoid()); }")]
    [InlineData("class Trainer { private readonly Sequential net; public Trainer() { net = Sequential(Linear(64, 64), Sigmoid()); net.append(Change(net)); } public static Module<Tensor, Tensor> Change(Sequential s) => s; }")]
    [InlineData("class Trainer { private readonly Sequential net; private readonly int depth; public Trainer(int depth) { this.depth = depth; net = Sequential(Enumerable.Range(0, Depth).SelectMany(i => new Module<Tensor, Tensor>[] { Linear(64, 64), Sigmoid() }).ToArray()); } public virtual int Depth => 12; }")]
    [InlineData("class Trainer { private readonly Sequential net; public Trainer() { net = DEEP; } public void Init() { foreach (var m in net.modules()) if (m is Linear l) init.kaiming_normal_(l.weight); } }")]
    [InlineData("class Trainer { private readonly Sequential net; public Trainer() { net = DEEP; Init(); } private void Init() { foreach (var m in net.modules()) if (m is Linear l) init.normal_(l.weight, 0, 0.5); } }")]
    [InlineData("class Trainer { private readonly Lazy<Sequential> net = new(() => DEEP); }")]
    public async Task Healthy_or_unknown_is_left_alone(string code) => Assert.Empty(await Diagnostics(code));

    [Theory]
    [InlineData("class Trainer { private readonly Sequential net = DEEP; }")]
    [InlineData("class Trainer { private static readonly Module<Tensor, Tensor> net = DEEP; }")]
    [InlineData("class Trainer { public Sequential Net { get; } = DEEP; }")]
    [InlineData("static class Models { public static Sequential Net { get; set; } = DEEP; }")]
    [InlineData("static class Models { public static Sequential Net => DEEP; }")]
    [InlineData("static class Models { public static Sequential Net { get { return DEEP; } } }")]
    [InlineData("class Trainer { private readonly Sequential net; public Trainer() { net = DEEP; } }")]
    [InlineData("record Trainer(int Epochs) { public Sequential Net { get; } = DEEP; }")]
    [InlineData("struct Trainer { public static readonly Sequential Net = DEEP; }")]
    [InlineData("class Trainer<T> { private readonly Sequential net = DEEP; }")]
    [InlineData("class Trainer { private Sequential net; public Trainer() { Build(); } private void Build() { net = DEEP; } }")]
    [InlineData("class Trainer { private readonly (Sequential Net, int Epochs) plan = (DEEP, 3); }")]
    public async Task Member_of_another_class_is_judged(string code) => Assert.Equal("STAB1001", Assert.Single(await Diagnostics(code)).Id);

    [Theory]
    [InlineData("var net = DEEP; net.train();")]
    [InlineData("var parts = new List<Module<Tensor, Tensor>>(); for (var i = 0; i < 12; i++) { parts.Add(Linear(64, 64)); parts.Add(Sigmoid()); } parts.Add(Linear(64, 4)); using var net = Sequential(parts);")]
    [InlineData("Sequential Make() => DEEP; var net = Make();")]
    [InlineData("var net = Build(); static Sequential Build() { return DEEP; }")]
    public async Task Top_level_statements_are_judged(string code) =>
        Assert.Equal("STAB1001", Assert.Single(await Diagnostics(code, OutputKind.ConsoleApplication)).Id);

    [Theory]
    [InlineData("var net = HEALTHY; net.train();")]
    [InlineData("var net = DEEP; net.load(args[0]);")]
    public async Task Top_level_statements_that_are_healthy_or_load_are_left_alone(string code) =>
        Assert.Empty(await Diagnostics(code, OutputKind.ConsoleApplication));

    private static async Task<IReadOnlyList<Diagnostic>> Diagnostics(string code, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
    {
        code = code.Replace("DEEP", Deep, StringComparison.Ordinal).Replace("HEALTHY", Healthy, StringComparison.Ordinal);
        var compilation = Driver.Compile(code);
        compilation = compilation.WithOptions(compilation.Options.WithOutputKind(kind));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return [.. (await Driver.Diagnostics(compilation, [new ModelGraphAnalyzer()], [])).Where(diagnostic => diagnostic.Id.StartsWith("STAB1", StringComparison.Ordinal))];
    }
}
