using StabilityAnalyzers.CodeFixes.Usage;
using StabilityAnalyzers.Rules.Usage;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.Usage;

public sealed class STAB5008UninitializedGroupNormTests
{
    // ---- what must not be reported ----

    [Theory]
    [InlineData("norm = GroupNorm(2, 8, affine: false); RegisterComponents();")]
    [InlineData("norm = GroupNorm(2, 8, affine: affine); RegisterComponents();")]
    [InlineData("norm = GroupNorm(2, 8); init.ones_(norm.weight); init.zeros_(norm.bias); RegisterComponents();")]
    [InlineData("norm = GroupNorm(2, 8); norm.weight = Parameter(ones(8)); norm.bias = Parameter(zeros(8)); RegisterComponents();")]
    [InlineData("norm = GroupNorm(2, 8); using (no_grad()) norm.weight.fill_(1); RegisterComponents();")]
    [InlineData("norm = GroupNorm(2, 8); RegisterComponents(); foreach (var m in modules()) if (m is GroupNorm g) { init.ones_(g.weight); init.zeros_(g.bias); }")]
    [InlineData("norm = GroupNorm(2, 8); RegisterComponents(); foreach (var (name, p) in named_parameters()) init.constant_(p, 1);")]
    [InlineData("norm = GroupNorm(2, 8); RegisterComponents(); load(\"weights.dat\");")]
    [InlineData("norm = GroupNorm(2, 8); Set(norm); RegisterComponents();")]
    [InlineData("norm = Make(); RegisterComponents();")]
    public Task Silent(string constructor) => Verify.Analyzer<STAB5008UninitializedGroupNorm>(Net(constructor, """
            private static void Set(GroupNorm g) { init.ones_(g.weight); init.zeros_(g.bias); }
            private static GroupNorm Make() => GroupNorm(2, 8);
        """));

    [Theory]
    [InlineData("var net = new Net(true); net.load(\"net.dat\");")]
    [InlineData("var net = new Net(true); Weights.Init(net); static class Weights { public static void Init(Module m) { foreach (var p in m.parameters()) init.normal_(p); } }")]
    [InlineData("var net = new Net(true); net.apply(m => { if (m is GroupNorm g) { init.ones_(g.weight); init.zeros_(g.bias); } });")]
    public Task Silent_set_from_outside(string program) =>
        Verify.Analyzer<STAB5008UninitializedGroupNorm>(program + Net("norm = GroupNorm(2, 8); RegisterComponents();"));

    [Fact]
    public Task Silent_base_class_sets_all() => Verify.Analyzer<STAB5008UninitializedGroupNorm>("""
        abstract class Base : Module<Tensor, Tensor>
        {
            protected Base() : base("Base") { }
            protected void Init() { foreach (var m in modules()) if (m is GroupNorm g) { init.ones_(g.weight); init.zeros_(g.bias); } }
        }
        class Net : Base
        {
            private readonly GroupNorm norm = GroupNorm(2, 8);
            public Net() { RegisterComponents(); Init(); }
            public override Tensor forward(Tensor x) => norm.call(x);
        }
        """);

    // ---- what must be reported ----

    [Theory]
    [InlineData("norm = [|GroupNorm(2, 8)|]; RegisterComponents();")]
    [InlineData("norm = [|GroupNorm(num_groups: 2, num_channels: 8, affine: true)|]; init.ones_(other.weight); RegisterComponents();")]
    [InlineData("norm = [|GroupNorm(2, 8)|]; var fc = Linear(4, 4); init.xavier_uniform_(fc.weight); RegisterComponents();")]
    [InlineData("norm = null!; var layers = Sequential(Conv2d(3, 8, 3), [|GroupNorm(2, 8)|]); RegisterComponents();")]
    public Task Reports(string constructor) => Verify.Analyzer<STAB5008UninitializedGroupNorm>(Net(constructor));

    // ---- the fix ----

    [Fact]
    public Task Not_offered_within_a_Sequential() => Verify.NoCodeFix<STAB5008UninitializedGroupNorm, STAB5008InitializeNormFix>(
        Net("norm = null!; var layers = Sequential(Conv2d(3, 8, 3), [|GroupNorm(2, 8)|]); RegisterComponents();"));

    [Fact]
    public Task Sets_weight_and_bias() => Verify.CodeFix<STAB5008UninitializedGroupNorm, STAB5008InitializeNormFix>(
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly GroupNorm first = [|GroupNorm(2, 8)|];
            private readonly Module<Tensor, Tensor> second;

            public Net() : base("Net")
            {
                second = [|GroupNorm(2, 8)|]; // the second

                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => second.call(first.call(x));
        }
        """,
        """
        class Net : Module<Tensor, Tensor>
        {
            private readonly GroupNorm first = GroupNorm(2, 8);
            private readonly Module<Tensor, Tensor> second;

            public Net() : base("Net")
            {
                second = GroupNorm(2, 8); // the second
                init.ones_(((GroupNorm)second).weight);
                init.zeros_(((GroupNorm)second).bias);

                init.ones_(first.weight);
                init.zeros_(first.bias);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x) => second.call(first.call(x));
        }
        """,
        "STAB5008:best");

    private static string Net(string constructor, string more = "") => $$"""

        class Net : Module<Tensor, Tensor>
        {
            private readonly GroupNorm norm;
            private readonly BatchNorm2d other = BatchNorm2d(8);
            public Net(bool affine) : base("Net")
            {
                {{constructor}}
            }
            public override Tensor forward(Tensor x) => norm.call(x);
        {{more}}
        }
        """;
}
