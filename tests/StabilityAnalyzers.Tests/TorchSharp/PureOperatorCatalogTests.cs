using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StabilityAnalyzers.Symbols;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Symbols;

public sealed class PureOperatorCatalogTests
{
    private static readonly INamedTypeSymbol s_tensor = CSharpCompilation.Create("catalog", references: References.WithTorchSharp)
        .GetTypeByMetadataName("TorchSharp.torch+Tensor") ?? throw new InvalidOperationException("TorchSharp was not found.");

    public static TheoryData<string> Names =>
        [.. PureOperatorCatalog.Conversions, .. PureOperatorCatalog.Shapes, .. PureOperatorCatalog.Elementwise];

    [Theory]
    [MemberData(nameof(Names))]
    public void Operator_is_a_method_of_a_tensor_that_returns_one(string name)
    {
        Assert.True(PureOperatorCatalog.Contains(name));
        var methods = s_tensor.GetMembers(name).OfType<IMethodSymbol>().ToList();
        Assert.NotEmpty(methods);
        Assert.Contains(methods, method => SymbolEqualityComparer.Default.Equals(method.ReturnType, s_tensor));
        Assert.False(name.EndsWith('_'));
    }

    [Fact]
    public void Every_operator_with_a_twin_in_place_is_in_the_catalogue_or_left_out_for_a_reason()
    {
        string[] random = ["bernoulli", "rrelu"];
        string[] names = ["rename"];
        string[] products = ["addbmm", "addmm", "addmv", "addr"];
        string[] rare =
        [
            "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "bitwise_left_shift", "bitwise_right_shift",
            "conj_physical", "deg2rad", "float_power", "gcd", "i0", "lcm", "ldexp", "mvlgamma", "nextafter", "polygamma", "rad2deg",
        ];
        var all = s_tensor.GetMembers().OfType<IMethodSymbol>().Select(method => method.Name).ToHashSet();
        var twins = all.Where(name => all.Contains(name + "_") && name is not ("get_requires_grad" or "set_requires_grad"));
        Assert.Empty(twins.Where(name => !PureOperatorCatalog.Contains(name)).Except([.. random, .. names, .. products, .. rare]));
    }
}
