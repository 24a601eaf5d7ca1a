namespace StabilityAnalyzers.Tests.Extraction;

/// <summary>A class that is named by an alias is made, or derived from, all the same.</summary>
public sealed class AliasTests
{
    private const string Net = """
        class Net : Module<Tensor, Tensor>
        {
            private readonly Linear fc;
            public Net(int width) : base("net") { fc = Linear(width, width); RegisterComponents(); }
            public override Tensor forward(Tensor x) => fc.call(x);
        }
        """;

    [Theory]
    [InlineData("namespace A { using Model = Net; static class P { static void Main() { var net = new Model(4); } } }")]
    [InlineData("namespace A { using Model = Net; static class P { static void Main() { Model net = new(4); } } }")]
    [InlineData("namespace A { using Model = Net; namespace B { using Other = Model; static class P { static void Main() { var net = new Other(4); } } } }")]
    [InlineData("static class P { static readonly Net net = new(4); }")]
    [InlineData("static class P { static Net? net { get; } = new(4); }")]
    [InlineData("static class P { static Net Make() => new(4); }")]
    public void Makes_it(string maker) => Assert.Equal("x:Input fc:Linear(4,4)", Extract.Chain(Extract.Model(Net + maker)));

    [Theory]
    [InlineData("namespace A { using Model = Net; class Derived : Model { public Derived() : base(4) { } } }")]
    [InlineData("namespace A { using Model = Net; class Derived() : Model(4) { } }")]
    [InlineData("class Derived : Net { public Derived() : base(4) { } }")]
    [InlineData("partial class Derived : Net { } partial class Derived { public Derived() : base(4) { } }")]
    public void Derives_from_it(string derived) =>
        Assert.Equal("x:Input fc:Linear(4,4)", Extract.Chain(Extract.Model(Net + derived + " static class P { static void Main() { var net = new " + (derived.StartsWith("namespace A", StringComparison.Ordinal) ? "A." : "") + "Derived(); } }", "Derived")));
}
