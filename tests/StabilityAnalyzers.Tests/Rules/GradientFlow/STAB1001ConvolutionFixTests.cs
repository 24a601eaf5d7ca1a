using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Rules.GradientFlow;

/// <summary>Remedies for models of convolutions. What their titles promise is measured by the prediction tests.</summary>
public sealed class STAB1001ConvolutionFixTests
{
    [Theory]
    [InlineData("Conv2d(16, 16, 3)")] // smaller at each layer
    [InlineData("Conv2d(16, 16, 2, padding: 1)")] // larger
    [InlineData("Conv2d(16, 16, 3, padding: 2)")]
    [InlineData("Conv2d(16, 16, 3, padding: 1, stride: 2)")]
    public async Task No_shortcut_where_the_positions_change(string layer) =>
        Assert.DoesNotContain("STAB1001:Residual", await Remedies.Keys(Stack(layer, "", "functional.tanh(convs[i].call(x))")));

    [Fact]
    public async Task Shortcut_where_the_positions_stay()
    {
        var code = Stack("Conv2d(16, 16, 5, padding: 4, dilation: 2)", "", "functional.tanh(convs[i].call(x))");
        var fix = Assert.Single(await FixRunner.ApplyEach(code, await Remedies.Diagnostics(code)), fix => fix.Key == "STAB1001:Residual");
        Assert.Contains("x = x + functional.tanh(convs[i].call(x))", fix.Code, StringComparison.Ordinal);
        Assert.Empty(await Remedies.Diagnostics(fix.Code));
    }

    [Fact]
    public async Task Norm_and_orthogonal_weights_in_a_container()
    {
        var code = Container("Conv2d(16, 16, 3, padding: 1), Tanh()", "");
        var fixes = await FixRunner.ApplyEach(code, await Remedies.Diagnostics(code));

        Assert.Equal(
            Container("Conv2d(16, 16, 3, padding: 1), BatchNorm2d(16), Tanh()", ""),
            Assert.Single(fixes, fix => fix.Key == "STAB1001:BatchNorm").Code);
        var orthogonal = Container("Conv2d(16, 16, 3, padding: 1), Tanh()", """

                    foreach (var module in modules())
                    {
                        if (module is Conv2d conv2d)
                        {
                            init.orthogonal_(conv2d.weight, init.calculate_gain(init.NonlinearityType.Tanh));
                        }
                    }
            """);
        Assert.Equal(orthogonal, Assert.Single(fixes, fix => fix.Key == "STAB1001:Orthogonal").Code);
        foreach (var fix in fixes)
        {
            Assert.Empty(await Remedies.Diagnostics(fix.Code));
        }
    }

    private static string Stack(string layer, string more, string step) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly ModuleList<Conv2d> convs = new();
            private readonly Linear head = Linear(16, 4);

            public Net() : base("net")
            {
                for (var i = 0; i < 14; i++) convs.Add({{layer}});
                RegisterComponents();{{more}}
            }

            public override Tensor forward(Tensor x)
            {
                for (var i = 0; i < 14; i++) x = {{step}};
                return head.call(x.mean(new long[] { 2, 3 }));
            }
        }
        """;

    private static string Container(string layers, string more) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = Sequential(Enumerable.Range(0, 14).SelectMany(_ => new Module<Tensor, Tensor>[] { {{layers}} }));
            private readonly Linear head = Linear(16, 4);

            public Net() : base("net")
            {
                RegisterComponents();{{more}}
            }

            public override Tensor forward(Tensor x) => head.call(layers.call(x).mean(new long[] { 2, 3 }));
        }
        """;
}
