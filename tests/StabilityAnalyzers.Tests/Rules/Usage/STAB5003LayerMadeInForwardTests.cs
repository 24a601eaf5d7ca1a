using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5003LayerMadeInForwardTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("return fc.call(x);")]
    [InlineData("return ReLU().call(x);")]
    [InlineData("return Dropout(0.1).call(x);")]
    [InlineData("return MaxPool2d(2).call(x);")]
    [InlineData("return LayerNorm(8).call(x);")]
    [InlineData("return Linear(weight).call(x);")]
    [InlineData("return F.linear(x, weight);")]
    [InlineData("lazy ??= Linear(x.shape[1], 8); return lazy.call(x);")]
    [InlineData("if (lazy is null) { lazy = Linear(x.shape[1], 8); register_module(\"lazy\", lazy); } return lazy.call(x);")]
    [InlineData("var made = Linear(8, 8); lazy = made; return made.call(x);")]
    [InlineData("var made = Linear(8, 8); register_module(\"made\", made); return made.call(x);")]
    [InlineData("var made = Linear(8, 8); init.eye_(made.weight); return made.call(x);")]
    [InlineData("var made = Linear(8, 8); made.weight = weight; return made.call(x);")]
    [InlineData("var made = Linear(8, 8); made.load_state_dict(fc.state_dict()); return made.call(x);")]
    [InlineData("var made = cache.TryGetValue(8, out var found) ? found : cache[8] = Linear(8, 8); return made.call(x);")]
    [InlineData("var size = Linear(8, 8).parameters().Count(); return x * size;")]
    public Task Silent(string body) => Verify.Analyzer<STAB5003LayerMadeInForward>(Net(body));

    [Fact]
    public Task Silent_outside_of_forward() => Verify.Analyzer<STAB5003LayerMadeInForward>("""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> block;
            public Net() : base("Net") { block = Block(8); var probe = Linear(8, 8).call(rand(1, 8)); RegisterComponents(); }
            public override Tensor forward(Tensor x) => block.call(x);
            private Module<Tensor, Tensor> Block(int width) => Sequential(Linear(width, width), ReLU());
            public Tensor Probe(Tensor x) => Linear(8, 8).call(x);
        }
        class Program { static Tensor forward(Tensor x) => Linear(8, 8).call(x); }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("return [|Linear(x.shape[1], 8)|].call(x);")]
    [InlineData("return [|Linear(8, 8)|].to(x.device).forward(x);")]
    [InlineData("return Sequential([|Linear(8, 8)|], ReLU(), (\"c\", [|Conv1d(8, 8, 1)|]).Item2).call(x);")]
    [InlineData("using var made = [|Conv2d(3, 8, 3)|]; return made.call(x);")]
    [InlineData("var made = [|BatchNorm1d(8)|]; made.to(x.device); if (x.shape[1] != 8) x = made.call(x); return x;")]
    [InlineData("return x.shape[0] == 1 ? x : x + [|Linear(8, 8)|].call(x);")]
    [InlineData("Tensor Local(Tensor y) => [|Linear(8, 8)|].call(y); return Local(x);")]
    [InlineData("return Match(x);")]
    public Task Reports(string body) => Verify.Analyzer<STAB5003LayerMadeInForward>(
        Net(body.Replace(", (\"c\", [|Conv1d(8, 8, 1)|]).Item2", ", [|Conv1d(8, 8, 1)|]", StringComparison.Ordinal),
            body.Contains("Match", StringComparison.Ordinal) ? "private Tensor Match(Tensor y) => [|Linear(y.shape[1], 8)|].call(y);" : ""));

    // ---- the fix ----

    [Theory]
    [InlineData("return [|Linear(x.shape[1], 8)|].call(x);")]
    [InlineData("using var made = [|Linear(8, 8)|]; return made.call(x);")]
    [InlineData("const int Width = 8; return [|Linear(Width, 8)|].call(x);")]
    public Task Not_offered_where_a_field_cannot_be_made_the_same(string body) =>
        Verify.NoCodeFix<STAB5003LayerMadeInForward, STAB5003MoveToFieldFix>(Net(body));

    [Fact]
    public Task Moves_to_fields() => Verify.CodeFix<STAB5003LayerMadeInForward, STAB5003MoveToFieldFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private const int Width = 8;
            private readonly Linear fc = Linear(8, 8);

            public Net() : base("Net") { RegisterComponents(); }

            public override Tensor forward(Tensor x)
            {
                // The residual.
                var projection = [|Linear(Width, 16, hasBias: false)|];
                return projection.call(x) + [|Linear(8, 16)|].call(fc.call(x)); // the sum
            }
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private const int Width = 8;
            private readonly Linear fc = Linear(8, 8);
            private readonly Linear projection2 = Linear(Width, 16, hasBias: false);
            private readonly Linear linear = Linear(8, 16);

            public Net() : base("Net") { RegisterComponents(); }

            public override Tensor forward(Tensor x)
            {
                // The residual.
                var projection = projection2;
                return projection.call(x) + linear.call(fc.call(x)); // the sum
            }
        }
        """,
        "STAB5003:best");

    private static string Net(string body, string more = "") => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 8);
            private readonly Parameter weight = Parameter(rand(8, 8));
            private readonly Dictionary<int, Linear> cache = new();
            private Linear? lazy;
            public Net() : base("Net") { RegisterComponents(); }
            public override Tensor forward(Tensor x)
            {
                {{body}}
            }
            {{more}}
        }
        """;
}
