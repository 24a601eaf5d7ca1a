using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5007ModuleInDisposeScopeTests
{
    // ---- what must not be reported ----

    [Theory]
    // Not in a scope, or in one that the module ends with.
    [InlineData("kept = new Lookup();")]
    [InlineData("using var scope = NewDisposeScope(); var model = new Lookup(); Train(model);")]
    [InlineData("using var scope = NewDisposeScope(); using var model = LSTM(2, 2); for (var i = 0; i < 3; i++) { using var step = NewDisposeScope(); Train(model); }")]
    [InlineData("var model = new Lookup(); using (var d = NewDisposeScope()) { for (var i = 0; i < 3; i++) { Train(model); d.DisposeEverything(); } }")]
    [InlineData("using (NewDisposeScope()) { } kept = new Lookup();")]
    [InlineData("using var scope = NewDisposeScope(); kept = new Lookup(); Train(kept);")]
    [InlineData("using var scope = NewDisposeScope(); var table = Embedding(4, 2); kept = table; table.call(ones(2));")]
    // These keep their parameters.
    [InlineData("using var scope = NewDisposeScope(); kept = Linear(2, 2);")]
    [InlineData("using var scope = NewDisposeScope(); kept = Conv2d(1, 1, 3);")]
    [InlineData("using var scope = NewDisposeScope(); kept = Sequential(Linear(2, 2), LayerNorm(2), PReLU(1));")]
    [InlineData("using var scope = NewDisposeScope(); kept = new Plain();")]
    [InlineData("using var scope = NewDisposeScope(); kept = new Given(Parameter(ones(2)));")]
    // Taken out of the scope.
    [InlineData("using var scope = NewDisposeScope(); kept = new Lookup(); foreach (var p in kept.parameters()) p.DetachFromDisposeScope();")]
    [InlineData("using var scope = NewDisposeScope(); kept = new Lookup(); foreach (var p in kept.parameters()) scope.MoveToOuter(p);")]
    [InlineData("using var scope = NewDisposeScope(); var model = new Lookup(); scope.DisposeEverythingBut(model.parameters()); Train(model);")]
    // A conversion makes new ones.
    [InlineData("using var scope = NewDisposeScope(); kept = new Scale(); kept.to(float64);")]
    [InlineData("using var scope = NewDisposeScope(); var model = new Lookup(); Train(model); scope.DisposeEverything();")]
    public Task Silent_in_a_method(string statements) => Verify.Analyzer<STAB5007ModuleInDisposeScope>(Inside(statements));

    // ---- what must be reported ----

    [Theory]
    [InlineData("using var scope = NewDisposeScope(); kept = [|new Lookup()|];")]
    [InlineData("using (NewDisposeScope()) { kept = [|Embedding(4, 2)|]; }")]
    [InlineData("using var scope = NewDisposeScope(); kept = [|Sequential((\"a\", Embedding(4, 2)), (\"b\", ReLU()))|];")]
    [InlineData("using var scope = NewDisposeScope(); kept = [|new Scale()|];")]
    [InlineData("LSTM lstm; using (NewDisposeScope()) { lstm = [|LSTM(2, 2)|]; } Train(lstm);")]
    [InlineData("using var d = NewDisposeScope(); var model = [|new Lookup()|]; for (var i = 0; i < 3; i++) { Train(model); d.DisposeEverything(); }")]
    [InlineData("using var d = NewDisposeScope(); var model = [|new Lookup()|]; d.DisposeEverything(); Train(model);")]
    [InlineData("Module Make() { using var scope = NewDisposeScope(); return [|new Lookup()|]; } Train(Make());")]
    [InlineData("Module Make() { using var scope = NewDisposeScope(); var model = [|GRU(2, 2)|]; model.eval(); return model; } Train(Make());")]
    public Task Reported(string statements) => Verify.Analyzer<STAB5007ModuleInDisposeScope>(Inside(statements));

    [Fact]
    public Task Says_what_disposes() => Verify.Message<STAB5007ModuleInDisposeScope>(
        Inside("using var scope = NewDisposeScope(); kept = {|#0:new Lookup()|};"),
        "The parameters of this Lookup belong to the dispose scope that it is made in, and it lives on when the scope ends: parameters() is empty then");

    // ---- the fix ----

    [Theory]
    [InlineData(
        "        using var d = NewDisposeScope();\n        var model = [|new Lookup()|]; // made here\n        d.DisposeEverything();\n        Train(model);",
        "        using var d = NewDisposeScope();\n        var model = new Lookup(); // made here\n        foreach (var parameter in model.parameters()) parameter.DetachFromDisposeScope();\n        d.DisposeEverything();\n        Train(model);", "model")]
    [InlineData(
        "        using var scope = NewDisposeScope();\n        kept = [|new Scale()|];",
        "        using var scope = NewDisposeScope();\n        kept = new Scale();\n        foreach (var parameter in kept.parameters()) parameter.DetachFromDisposeScope();", "kept")]
    public Task Fix_detaches_the_parameters(string before, string after, string name) => Verify.CodeFix<STAB5007ModuleInDisposeScope, STAB5007DetachParametersFix>(
        Inside(before), Inside(after), "STAB5007:best", $"Detach the parameters of '{name}' from the dispose scope");

    [Fact]
    public Task Fix_is_not_offered_where_the_module_has_no_name() => Verify.NoCodeFix<STAB5007ModuleInDisposeScope, STAB5007DetachParametersFix>(
        Inside("Module Make() { using var scope = NewDisposeScope(); return [|new Lookup()|]; } Train(Make());"));

    private static string Inside(string statements) => $$"""
        class Lookup : Module<Tensor, Tensor>
        {
            private readonly Embedding table = Embedding(4, 2);
            private readonly Linear head = Linear(2, 2);
            public Lookup() : base("Lookup") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(table.call(x));
        }
        class Plain : Module<Tensor, Tensor>
        {
            private readonly Linear head = Linear(2, 2);
            public Plain() : base("Plain") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => head.call(x);
        }
        class Scale : Module<Tensor, Tensor>
        {
            private readonly Parameter scale = Parameter(ones(2));
            public Scale() : base("Scale") { RegisterComponents(); }
            public override Tensor forward(Tensor x) => x * scale;
        }
        class Given : Module<Tensor, Tensor>
        {
            private readonly Parameter scale;
            public Given(Parameter scale) : base("Given") { this.scale = scale; RegisterComponents(); }
            public override Tensor forward(Tensor x) => x * scale;
        }
        class Trainer
        {
            private Module kept = null!;
            void Train(Module model) { }
            void Run()
            {
        {{statements}}
            }
        }
        """;
}
