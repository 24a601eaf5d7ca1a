using StabilityAnalyzers.GradientFlow;

namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>Module classes with primary constructors and with type parameters: what is extracted of them, and what stays unknown.</summary>
public sealed class ClassFormTests
{
    // First what nobody says.
    [Theory]
    [InlineData("class Net(Module<Tensor, Tensor> act) : Module<Tensor, Tensor>(\"n\") { private readonly Linear fc = Linear(8, 8); public override Tensor forward(Tensor x) => act.call(fc.call(x)); }")]
    [InlineData("class Net<T>(T act) : Module<Tensor, Tensor>(\"n\") where T : Module<Tensor, Tensor> { private readonly Linear fc = Linear(8, 8); public override Tensor forward(Tensor x) => act.call(fc.call(x)); }")]
    [InlineData("class Net<T> : Module<Tensor, Tensor> where T : Module<Tensor, Tensor>, new() { private readonly T block = new T(); public Net() : base(\"n\") { RegisterComponents(); } public override Tensor forward(Tensor x) => block.call(x); }")]
    [InlineData("class Net<T> : Module<Tensor, Tensor> where T : Module<Tensor, Tensor> { private readonly ModuleList<T> blocks; public Net(params T[] blocks) : base(\"n\") { this.blocks = new ModuleList<T>(blocks); RegisterComponents(); } public override Tensor forward(Tensor x) { foreach (var b in blocks) x = b.call(x); return x; } }")]
    [InlineData("abstract class Base<T>(long width) : Module<T, T>(\"b\") { protected readonly Linear fc = Linear(width, width); protected abstract Tensor Act(Tensor x); } class Net(long width, Func<Tensor, Tensor> act) : Base<Tensor>(width) { protected override Tensor Act(Tensor x) => act(x); public override Tensor forward(Tensor x) => Act(fc.call(x)); }")]
    public void What_nobody_says_is_unknown(string code) => Assert.All(Extract.Models(code), model => Assert.Contains("?[", Extract.Chain(model)));

    [Theory]
    [InlineData(
        "class Net(long width = 8) : Module<Tensor, Tensor>(\"n\") { private readonly Linear a = Linear(width, 2 * width), b = Linear(2 * width, 4); public override Tensor forward(Tensor x) => b.call(functional.relu(a.call(x))); }",
        "x:Input a:Linear(8,16) relu b:Linear(16,4)")]
    [InlineData(
        "class Net(long width) : Module<Tensor, Tensor>(nameof(Net)) { private readonly Linear a = Linear(width, width); public override Tensor forward(Tensor x) => a.call(x); } class P { Net n = new(6); }",
        "x:Input a:Linear(6,6)")]
    [InlineData(
        "class Net(int depth = 2) : Module<Tensor, Tensor>(\"n\") { private readonly Sequential layers = Sequential(Enumerable.Range(0, depth).Select(i => (Module<Tensor, Tensor>)Linear(8, 8)).ToArray()); public override Tensor forward(Tensor x) => layers.call(x); }",
        "x:Input layers.0:Linear(8,8) layers.1:Linear(8,8)")]
    [InlineData(
        "class Net(double scale = 0.5) : Module<Tensor, Tensor>(\"n\") { private readonly Linear a = Linear(8, 8); public override Tensor forward(Tensor x) => x + scale * a.call(x); }",
        "x:Input a:Linear(8,8) Scale(0.5) Add[1, 1]")]
    [InlineData(
        "class Net(string name, long width) : Module<Tensor, Tensor>(name) { private readonly Linear a = Linear(width, width); public Net() : this(\"n\", 5) { init.xavier_normal_(a.weight); RegisterComponents(); } public override Tensor forward(Tensor x) => a.call(x); } class P { Net n = new(); }",
        "x:Input a:Linear(5,5,Xavier)")]
    [InlineData(
        "class Block(long width) : Module<Tensor, Tensor>(\"b\") { private readonly Linear a = Linear(width, width); public override Tensor forward(Tensor x) => a.call(x).tanh(); } class Net() : Module<Tensor, Tensor>(\"n\") { private readonly Block b = new(7); public override Tensor forward(Tensor x) => b.call(x); }",
        "x:Input b.a:Linear(7,7) tanh")]
    [InlineData(
        "abstract class Base(long width) : Module<Tensor, Tensor>(\"b\") { protected readonly Linear fc = Linear(width, width); } class Net(long size = 9) : Base(size) { public override Tensor forward(Tensor x) => fc.call(x); }",
        "x:Input fc:Linear(9,9)")]
    public void Primary_constructor(string code, string expected) => Assert.Contains(expected, Extract.Models(code).Select(Extract.Chain));

    [Theory]
    [InlineData(
        "class Net<T> : Module<Tensor, Tensor> where T : Module<Tensor, Tensor> { private readonly T block; public Net(T block) : base(\"n\") { this.block = block; RegisterComponents(); } public override Tensor forward(Tensor x) => block.call(x).relu(); } class P { Net<Linear> n = new(Linear(3, 4)); }",
        "x:Input block:Linear(3,4) relu")]
    [InlineData(
        "class Block() : Module<Tensor, Tensor>(\"b\") { private readonly Linear fc = Linear(8, 8); public override Tensor forward(Tensor x) => fc.call(x); } class Net<T> : Module<Tensor, Tensor> where T : Module<Tensor, Tensor> { private readonly ModuleList<T> blocks; public Net(params T[] blocks) : base(\"n\") { this.blocks = new ModuleList<T>(blocks); RegisterComponents(); } public override Tensor forward(Tensor x) { foreach (var b in blocks) x = b.call(x); return x; } } class P { Net<Block> n = new(new Block(), new Block()); }",
        "x:Input blocks.0.fc:Linear(8,8) blocks.1.fc:Linear(8,8)")]
    [InlineData(
        "class Outer<T> { public class Net : Module<Tensor, Tensor> { private readonly Linear fc = Linear(8, 8); public Net() : base(\"n\") { RegisterComponents(); } public override Tensor forward(Tensor x) => fc.call(x); } }",
        "x:Input fc:Linear(8,8)")]
    [InlineData(
        "class Net<TLabel> : Module<Tensor, Tensor> where TLabel : struct, Enum { private readonly Linear fc = Linear(8, 4); public Net() : base(\"n\") { RegisterComponents(); } public override Tensor forward(Tensor x) => fc.call(x); }",
        "x:Input fc:Linear(8,4)")]
    [InlineData(
        "abstract class Base<TIn, TOut> : Module<TIn, TOut> { protected readonly Linear fc; protected Base(long width) : base(\"b\") { fc = Linear(width, width); } } class Net : Base<Tensor, Tensor> { public Net() : base(8) { RegisterComponents(); } public override Tensor forward(Tensor x) => fc.call(x); }",
        "x:Input fc:Linear(8,8)")]
    [InlineData(
        "static class Make { public static Sequential Stack<T>(int n, Func<T> make) where T : Module<Tensor, Tensor> => Sequential(Enumerable.Range(0, n).Select(_ => (Module<Tensor, Tensor>)make()).ToArray()); } class Net : Module<Tensor, Tensor> { private readonly Sequential s = Make.Stack(2, () => Linear(8, 8)); public Net() : base(\"n\") { RegisterComponents(); } public override Tensor forward(Tensor x) => s.call(x); }",
        "x:Input s.0:Linear(8,8) s.1:Linear(8,8)")]
    public void Type_parameters(string code, string expected) => Assert.Contains(expected, Extract.Models(code).Select(Extract.Chain));

    [Fact]
    public void Type_argument_that_is_made_is_followed_or_unknown()
    {
        var models = Extract.Models(
            "class Block : Module<Tensor, Tensor> { private readonly Linear fc = Linear(8, 8); public Block() : base(\"b\") { RegisterComponents(); } public override Tensor forward(Tensor x) => fc.call(x); } class Net<T> : Module<Tensor, Tensor> where T : Module<Tensor, Tensor>, new() { private readonly T block = new T(); public Net() : base(\"n\") { RegisterComponents(); } public override Tensor forward(Tensor x) => block.call(x); } class P { Net<Block> n = new(); }");
        Assert.All(models, model => Assert.True(!model.Graph.IsComplete || model.Graph.Nodes.Any(node => node.Operation is LinearOperation { InFeatures: 8 })));
    }
}
