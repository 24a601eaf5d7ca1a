using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5004LoopWithoutDisposeScopeTests
{
    private const string Step = "optimizer.zero_grad(); var loss = F.mse_loss(model.call(x), y); loss.backward(); optimizer.step();";

    // ---- what must not be reported ----

    [Theory]
    [InlineData("for (var i = 0; i < 9; i++) { using var scope = NewDisposeScope(); " + Step + " }")]
    [InlineData("for (var i = 0; i < 9; i++) using (NewDisposeScope()) { " + Step + " }")]
    [InlineData("using (var d = NewDisposeScope()) { for (var i = 0; i < 9; i++) { " + Step + " d.DisposeEverything(); } }")]
    [InlineData("for (var i = 0; i < 9; i++) { var scope = NewDisposeScope(); " + Step + " scope.Dispose(); }")]
    [InlineData("for (var i = 0; i < 9; i++) { optimizer.zero_grad(); using var output = model.call(x); using var loss = F.mse_loss(output, y); loss.backward(); optimizer.step(); }")]
    [InlineData("for (var i = 0; i < 9; i++) { " + Step + " loss.Dispose(); }")]
    [InlineData("for (var i = 0; i < 9; i++) { " + Step + " GC.Collect(); }")]
    [InlineData("for (var i = 0; i < 9; i++) { model.call(x).sum().backward(); }")]
    [InlineData("for (var i = 0; i < 9; i++) { model.call(x); }")]
    [InlineData(Step)]
    public Task Silent(string statements) => Verify.Analyzer<STAB5004LoopWithoutDisposeScope>(Trainer(statements));

    [Fact]
    public Task Silent_where_a_caller_has_the_scope() => Verify.Analyzer<STAB5004LoopWithoutDisposeScope>(
        Trainer("for (var i = 0; i < 9; i++) { " + Step + " }", "void Fit() { for (var e = 0; e < 3; e++) { using var scope = NewDisposeScope(); Epoch(); } } void Epoch() => Run(ones(2), ones(2));"));

    // ---- what must be reported ----

    [Theory]
    [InlineData("[|for|] (var i = 0; i < 9; i++) { " + Step + " }")]
    [InlineData("[|while|] (true) { " + Step + " }")]
    [InlineData("[|foreach|] (var i in new[] { 1, 2 }) { " + Step + " }")]
    [InlineData("for (var e = 0; e < 9; e++) { [|foreach|] (var (a, b) in new[] { (1, 2) }) { " + Step + " } }")]
    [InlineData("[|do|] { loss1().backward(); loss1().backward(); optimizer.step(); Tensor loss1() => model.call(x).sum(); } while (true);")]
    public Task Reported(string statements) => Verify.Analyzer<STAB5004LoopWithoutDisposeScope>(Trainer(statements));

    [Fact]
    public Task Says_what_happens() => Verify.Message<STAB5004LoopWithoutDisposeScope>(
        Trainer("{|#0:for|} (;;) { " + Step + " }"),
        "Nothing disposes of the tensors that an iteration makes: memory grows until the garbage collector runs");

    // ---- the fix ----

    [Fact]
    public Task Fix_opens_a_scope() => Verify.CodeFix<STAB5004LoopWithoutDisposeScope, STAB5004DisposeScopeFix>(
        Trainer("""
                    var total = 0f;
                    [|for|] (var i = 0; i < 9; i++)
                    {
                        // one step
                        optimizer.zero_grad();
                        var loss = F.mse_loss(model.call(x), y);
                        loss.backward();
                        optimizer.step();
                        total += loss.ToSingle();
                    }
            """),
        Trainer("""
                    var total = 0f;
                    for (var i = 0; i < 9; i++)
                    {
                        using var scope = torch.NewDisposeScope();
                        // one step
                        optimizer.zero_grad();
                        var loss = F.mse_loss(model.call(x), y);
                        loss.backward();
                        optimizer.step();
                        total += loss.ToSingle();
                    }
            """),
        "STAB5004:best", "Dispose of the tensors of each iteration (NewDisposeScope)");

    [Theory]
    [InlineData("var h = x; [|for|] (var i = 0; i < 9; i++) { " + Step + " h = model.call(h); }")]
    [InlineData("[|for|] (var i = 0; i < 9; i++) { " + Step + " kept.Add(loss); }")]
    [InlineData("[|for|] (var i = 0; i < 9; i++) { " + Step + " Keep(loss); }")]
    [InlineData("[|for|] (var i = 0; i < 9; i++) { " + Step + " last = loss; }")]
    [InlineData("var stateful = new Stateful(); [|for|] (var i = 0; i < 9; i++) { stateful.call(x).sum().backward(); optimizer.step(); }")]
    public Task Fix_is_not_offered_where_a_tensor_may_be_kept(string statements) =>
        Verify.NoCodeFix<STAB5004LoopWithoutDisposeScope, STAB5004DisposeScopeFix>(Trainer(statements));

    private static string Trainer(string statements, string members = "") => $$"""
        class Stateful : Module<Tensor, Tensor>
        {
            private Tensor state = zeros(2);
            private readonly Linear fc = Linear(2, 2);
            public Stateful() : base("Stateful") { RegisterComponents(); }
            public override Tensor forward(Tensor x) { state = fc.call(x + state); return state; }
        }
        class Trainer
        {
            private readonly Linear model = Linear(2, 2);
            private readonly Adam optimizer;
            private readonly List<Tensor> kept = new();
            private Tensor last = zeros(1);
            public Trainer() { optimizer = optim.Adam(model.parameters()); }
            void Keep(Tensor t) { kept.Add(t); last = t; }
            {{members}}
            void Run(Tensor x, Tensor y)
            {
        {{statements}}
            }
        }
        """;
}
