using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5013DroppedResultTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("x = x.to(device);")]
    [InlineData("var y = x.to(device);")]
    [InlineData("_ = x.to(device);")]
    [InlineData("Use(x.to(device));")]
    [InlineData("model.to(device);")]
    [InlineData("model.cuda(); model.cpu(); model.half();")]
    [InlineData("model.call(x);")]
    [InlineData("sequential.to(float64);")]
    [InlineData("x.relu_(); x.add_(1); x.clamp_(0, 1); x.requires_grad_(); x.detach_();")]
    [InlineData("x.normal_(); init.zeros_(x);")]
    [InlineData("x.backward(); x.retain_grad(); x.Dispose();")]
    [InlineData("x.MoveToOuterDisposeScope(); x.DetachFromDisposeScope();")]
    [InlineData("zeros(1).to(device);")]
    [InlineData("ones(1).cuda();")]
    [InlineData("model.call(x).cpu();")]
    [InlineData("x.matmul(x); torch.matmul(x, x);")]
    [InlineData("x.bernoulli(); torch.rand_like(x);")]
    [InlineData("try { x.to(device); } catch { Use(x); }")]
    [InlineData("Throws(() => x.view(3)); Throws(() => { x.view(3); });")]
    [InlineData("var watch = System.Diagnostics.Stopwatch.StartNew(); x.relu(); Use(watch);")]
    [InlineData("x.print(); x.ToString();")]
    [InlineData("F.relu(x, inplace: true);")]
    public Task Silent_in_a_statement(string statements) => Verify.Analyzer<STAB5013DroppedResult>(Inside(statements));

    [Fact]
    public Task Silent_in_expression_bodies_and_tests() => Verify.Analyzer<STAB5013DroppedResult>("""
        class FactAttribute : Attribute { }
        class Tests
        {
            Tensor Moved(Tensor x) => x.to(CPU);
            void Touch(Tensor x) => x.to(CPU);
            [Fact] void Does_not_throw() { var x = ones(2); x.to(CPU); x.view(1, 2); }
        }
        """);

    [Fact]
    public Task Silent_for_what_only_has_such_a_name() => Verify.Analyzer<STAB5013DroppedResult>("""
        class Batch
        {
            private Tensor x = ones(2);
            public Batch to(Device device) { x = x.to(device); return this; }
            static Tensor add(Tensor t, int n) => t;
            static void Run(Batch batch, Tensor t) { batch.to(CPU); add(t, 1); }
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|x.to(device)|];")]
    [InlineData("[|x.to(float64)|];")]
    [InlineData("[|x.to(float64, disposeAfter: true)|];")]
    [InlineData("[|x.cuda()|];")]
    [InlineData("[|x.cpu()|];")]
    [InlineData("[|x.@float()|];")]
    [InlineData("[|x?.to(device)|];")]
    [InlineData("if (x.requires_grad) [|x.to(device)|];")]
    [InlineData("[|x.to(device).to(float64)|];")]
    [InlineData("[|x.relu()|];")]
    [InlineData("[|x.clamp(0, 1)|];")]
    [InlineData("[|torch.clamp(x, 0, 1)|];")]
    [InlineData("[|x.add(1)|];")]
    [InlineData("[|x.view(-1)|];")]
    [InlineData("[|(x).unsqueeze(0)|];")]
    [InlineData("foreach (var p in model.parameters()) [|p.to(device)|];")]
    [InlineData("var (a, b) = (x, x); [|a.to(device)|]; [|b.to(device)|];")]
    [InlineData("var all = new[] { x }; [|all[0].to(device)|];")]
    [InlineData("var batch = new Dictionary<string, Tensor>(); [|batch[\"x\"].to(device)|];")]
    [InlineData("[|mask.to(device)|];")]
    [InlineData("void Local(Tensor y) { [|y.to(device)|]; }")]
    public Task Reported(string statements) => Verify.Analyzer<STAB5013DroppedResult>(Inside(statements));

    [Fact]
    public Task Names_the_operator_and_the_tensor() => Verify.Message<STAB5013DroppedResult>(
        Inside("{|#0:this.mask.to(device).relu()|};"), "'relu' leaves 'this.mask' as it is and returns a new tensor, which is dropped");

    // ---- the fix ----

    [Theory]
    [InlineData("[|x.to(device)|]; // moved", "x = x.to(device); // moved", "x")]
    [InlineData("/* a */ [|x.to(device).@float()|];", "/* a */ x = x.to(device).@float();", "x")]
    [InlineData("[|mask.to(device)|];", "mask = mask.to(device);", "mask")]
    [InlineData("[|this.mask.to(device)|];", "this.mask = this.mask.to(device);", "this.mask")]
    [InlineData("[|torch.clamp(x, 0, 1)|];", "x = torch.clamp(x, 0, 1);", "x")]
    [InlineData("if (x.requires_grad) [|x.cpu()|];", "if (x.requires_grad) x = x.cpu();", "x")]
    [InlineData("[|x.to(device)|];\n[|mask.to(device)|];", "x = x.to(device);\nmask = mask.to(device);", null)]
    public Task Fix_assigns_the_result(string before, string after, string? name) =>
        Verify.CodeFix<STAB5013DroppedResult, STAB5013AssignFix>(
            Inside(before), Inside(after), "STAB5013:best", name is null ? null : $"Assign the result to '{name}'");

    [Theory]
    [InlineData("foreach (var p in model.parameters()) [|p.to(device)|];")]
    [InlineData("foreach (var y in new[] { x }) [|y.to(device)|];")]
    [InlineData("using var y = x.alias(); [|y.to(device)|];")]
    [InlineData("[|x?.to(device)|];")]
    [InlineData("[|fixedMask.to(device)|];")]
    [InlineData("[|Given.to(device)|];")]
    [InlineData("void Local(in Tensor y) { [|y.to(device)|]; }")]
    public Task Fix_is_not_offered_where_nothing_can_be_assigned(string statements) =>
        Verify.NoCodeFix<STAB5013DroppedResult, STAB5013AssignFix>(Inside(statements));

    private static string Inside(string statements) => $$"""
        class Trainer
        {
            private Tensor mask = ones(2);
            private readonly Tensor fixedMask = ones(2);
            private readonly Linear model = Linear(2, 2);
            private readonly Sequential sequential = Sequential();
            Tensor Given { get; } = ones(2);
            static void Use(object o) { }
            static void Throws(Action action) { }
            void Run(Tensor x, Device device)
            {
        {{statements}}
            }
        }
        """;
}
