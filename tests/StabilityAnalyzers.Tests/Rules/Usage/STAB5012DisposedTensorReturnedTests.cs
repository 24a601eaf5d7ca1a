using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5012DisposedTensorReturnedTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("var t = x.relu(); return t;")]
    [InlineData("using var t = x.relu(); return t + 1;")]
    [InlineData("using var t = x.relu(); return t.view(-1);")]
    [InlineData("using var t = x.relu(); return t.alias();")]
    [InlineData("using var t = x.relu(); return t.to(CPU);")]
    [InlineData("using (var t = x.relu()) { return t.sum(); }")]
    [InlineData("using var t = x.relu(); Func<Tensor> f = () => t; return f().sum();")]
    [InlineData("using var t = x.relu(); Tensor F() { return t; } return F().sum();")]
    [InlineData("using var off = no_grad(); var t = x.relu(); return t;")]
    [InlineData("using var scope = NewDisposeScope(); return (x + 1).MoveToOuterDisposeScope();")]
    [InlineData("using var scope = NewDisposeScope(); return scope.MoveToOuter(x + 1);")]
    [InlineData("using var scope = NewDisposeScope(); var t = x + 1; t.MoveToOuterDisposeScope(); return t;")]
    [InlineData("using var scope = NewDisposeScope(); var t = x + 1; t.DetachFromDisposeScope(); return t;")]
    [InlineData("using var scope = NewDisposeScope(); var t = x + 1; scope.MoveToOuter(t); return t;")]
    [InlineData("using var scope = NewDisposeScope(); var t = x + 1; scope.Detach(t); return t;")]
    [InlineData("using var scope = NewDisposeScope(); var t = x + 1; kept.Add(t); return t;")]
    [InlineData("using var scope = NewDisposeScope(); var t = x + 1; Keep(t); return t;")]
    [InlineData("using var scope = NewDisposeScope(); var t = (x + 1).DetachFromDisposeScope(); return t;")]
    [InlineData("using var scope = NewDisposeScope(); return x;")]
    [InlineData("using var scope = NewDisposeScope(); return field;")]
    [InlineData("using var scope = NewDisposeScope(); return given.call(x);")]
    [InlineData("using var scope = NewDisposeScope(); return Keep(x);")]
    [InlineData("Tensor t; using (NewDisposeScope()) { t = (x + 1).MoveToOuterDisposeScope(); } return t;")]
    [InlineData("using (var scope = NewDisposeScope()) { var y = x + 1; } return x + 2;")]
    [InlineData("using var scope = NewDisposeScope(); Func<Tensor> f = () => x + 1; return f().MoveToOuterDisposeScope();")]
    [InlineData("var t = x + 1; using var scope = NewDisposeScope(); return t;")]
    public Task Silent_in_a_method(string statements) => Verify.Analyzer<STAB5012DisposedTensorReturned>(Inside(statements));

    [Fact]
    public Task Silent_for_numbers_and_iterators() => Verify.Analyzer<STAB5012DisposedTensorReturned>("""
        class Methods
        {
            float Loss(Tensor x) { using var scope = NewDisposeScope(); return (x + 1).ToSingle(); }
            float Sum(Tensor x) { using var t = x.sum(); return t.ToSingle(); }
            IEnumerable<Tensor> Each(Tensor x) { for (var i = 0; i < 3; i++) { using var t = x + i; yield return t; } }
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("using var t = x.relu(); return [|t|];")]
    [InlineData("using (var t = x.relu()) { return [|t|]; }")]
    [InlineData("using (var t = x.relu()) return [|t|];")]
    [InlineData("using var t = x.relu(); return [|t.MoveToOuterDisposeScope()|];")]
    [InlineData("using var t = x.relu(); return [|t.add_(1)|];")]
    [InlineData("using var t = x.relu(); if (t.numel() > 1) { return [|t|]; } return t + 1;")]
    [InlineData("using var scope = NewDisposeScope(); return [|x + 1|];")]
    [InlineData("using (NewDisposeScope()) { return [|x.relu()|]; }")]
    [InlineData("using var scope = torch.NewDisposeScope(); var t = x + 1; var u = F.relu(t); return [|u|];")]
    [InlineData("using var scope = NewDisposeScope(); return [|linear.call(x)|];")]
    [InlineData("using var scope = NewDisposeScope(); if (x.numel() > 1) { return [|x.sum()|]; } return field;")]
    public Task Reported(string statements) => Verify.Analyzer<STAB5012DisposedTensorReturned>(Inside(statements));

    [Fact]
    public Task Reported_in_a_tuple() => Verify.Analyzer<STAB5012DisposedTensorReturned>("""
        class Methods
        {
            (Tensor, Tensor) Split(Tensor x) { using var t = x.relu(); return ([|t|], x + 1); }
            (Tensor, float) Both(Tensor x) { using var scope = NewDisposeScope(); var t = x + 1; return ([|t|], t.ToSingle()); }
        }
        """);

    [Fact]
    public Task Says_who_does_it() => Verify.Message<STAB5012DisposedTensorReturned>(
        Inside("using var t = x.relu(); return {|#0:t|};"), "'t' is disposed of before the caller gets it, by the using of 't'");

    // ---- the fix ----

    [Theory]
    [InlineData("// rectified\nusing var t = x.relu();\nreturn [|t|];", "// rectified\nvar t = x.relu();\nreturn t;", "Do not dispose of 't', which is returned")]
    [InlineData("using var t = x.relu();\nif (t.numel() > 1) return [|t|];\nreturn [|t|];", "var t = x.relu();\nif (t.numel() > 1) return t;\nreturn t;", null)]
    [InlineData("using var scope = NewDisposeScope();\nreturn [|x + 1|]; // sum", "using var scope = NewDisposeScope();\nreturn (x + 1).MoveToOuterDisposeScope(); // sum", "Move the tensor to the outer dispose scope")]
    [InlineData("using var scope = NewDisposeScope();\nvar t = x + 1;\nreturn [|t|];", "using var scope = NewDisposeScope();\nvar t = x + 1;\nreturn t.MoveToOuterDisposeScope();", null)]
    [InlineData("using var scope = NewDisposeScope();\nreturn [|F.relu(x)|];", "using var scope = NewDisposeScope();\nreturn F.relu(x).MoveToOuterDisposeScope();", null)]
    public Task Fix_keeps_the_tensor(string before, string after, string? title) =>
        Verify.CodeFix<STAB5012DisposedTensorReturned, STAB5012KeepTensorFix>(Inside(before), Inside(after), "STAB5012:best", title);

    [Fact]
    public Task Fix_is_not_offered_for_a_using_statement() =>
        Verify.NoCodeFix<STAB5012DisposedTensorReturned, STAB5012KeepTensorFix>(Inside("using (var t = x.relu()) { return [|t|]; }"));

    private static string Inside(string statements) => $$"""
        class Methods
        {
            private readonly Tensor field = ones(2);
            private readonly List<Tensor> kept = new();
            private readonly Linear linear = Linear(2, 2);
            private readonly Module<Tensor, Tensor> given;
            public Methods(Module<Tensor, Tensor> given) => this.given = given;
            Tensor Keep(Tensor t) { kept.Add(t); return t; }
            Tensor Run(Tensor x)
            {
        {{statements}}
            }
        }
        """;
}
