using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StabilityAnalyzers.Symbols;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Symbols;

/// <summary>What the extraction knows of layers, functions and initialisers names things that TorchSharp has.</summary>
public sealed class OperationCatalogTests
{
    private static readonly TorchSharpSymbols s_symbols =
        TorchSharpSymbols.TryGet(CSharpCompilation.Create("catalog", references: References.WithTorchSharp))!;

    public static TheoryData<string> Layers => [.. LayerOperations.ByName.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Activations => [.. ActivationCatalog.ByFunction.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Functions => [.. FunctionCatalog.ByName.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Aliases => [.. FunctionCatalog.Aliases.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Initializers => [.. InitializerCatalog.ByName.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_is_known_and_its_factories_have_the_parameters(string name)
    {
        var entry = LayerOperations.ByName[name];
        Assert.Contains(LayerCatalog.Entries, layer => layer.Name == name);
        var factories = Methods(s_symbols.NN, name);
        Assert.NotEmpty(factories);
        var parameters = entry.Parameters.Concat(entry.BiasParameter is null ? [] : [entry.BiasParameter]);
        Assert.All(parameters, parameter => Assert.Contains(factories, factory => factory.Parameters.Any(candidate => candidate.Name == parameter)));
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activation_is_a_function_with_the_parameters_of_its_module(string function)
    {
        var entry = ActivationCatalog.ByFunction[function];
        var methods = Methods(s_symbols.Functional, function);
        Assert.NotEmpty(methods);
        Assert.All(entry.Parameters, parameter => Assert.Contains(methods, method => method.Parameters.Any(candidate => candidate.Name == parameter)));
        Assert.NotEmpty(Methods(s_symbols.NN, entry.Name));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Function_exists(string name)
    {
        var plain = name.TrimEnd('_');
        Assert.Contains(
            new[] { s_symbols.Tensor, s_symbols.Functional, s_symbols.Torch, s_symbols.Special },
            type => Methods(type, name).Count + Methods(type, plain).Count > 0);
    }

    [Theory]
    [MemberData(nameof(Aliases))]
    public void Alias_exists_and_means_an_activation(string name)
    {
        Assert.Contains(new[] { s_symbols.Tensor, s_symbols.Functional, s_symbols.Special }, type => Methods(type, name).Count > 0);
        Assert.Contains(FunctionCatalog.Aliases[name], ActivationCatalog.ByFunction.Keys);
    }

    [Theory]
    [MemberData(nameof(Initializers))]
    public void Initialiser_has_the_parameters(string name)
    {
        var method = Assert.Single(Methods(s_symbols.Init, name));
        Assert.True(s_symbols.IsTensor(method.Parameters[0].Type));
        Assert.All(InitializerCatalog.ByName[name].Parameters, parameter => Assert.Contains(method.Parameters, candidate => candidate.Name == parameter));
    }

    [Fact]
    public void Every_initialiser_is_in_the_catalogue() => Assert.Equal(
        s_symbols.Init!.GetMembers().OfType<IMethodSymbol>().Where(method => method.Name.EndsWith('_')).Select(method => method.Name).Distinct().Order(StringComparer.Ordinal),
        InitializerCatalog.ByName.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Nonlinearities_have_the_numbers_and_gains_of_TorchSharp()
    {
        var members = s_symbols.Init!.GetTypeMembers("NonlinearityType").Single().GetMembers().OfType<IFieldSymbol>().Where(field => field.HasConstantValue).ToList();
        Assert.Equal(11, members.Count);
        foreach (var member in members)
        {
            var expected = member.Name switch { "Tanh" => 5.0 / 3, "ReLU" => Math.Sqrt(2), "LeakyReLU" => Math.Sqrt(2 / 1.04), _ => 1 };
            Assert.Equal(expected, InitializerCatalog.Gain(Convert.ToInt64(member.ConstantValue, System.Globalization.CultureInfo.InvariantCulture), 0.2)!.Value, 1e-12);
        }

        var fans = s_symbols.Init!.GetTypeMembers("FanInOut").Single().GetMembers().OfType<IFieldSymbol>().Where(field => field.HasConstantValue);
        Assert.Equal([("FanIn", 0), ("FanOut", 1)], fans.Select(field => (field.Name, Convert.ToInt32(field.ConstantValue, System.Globalization.CultureInfo.InvariantCulture))));
    }

    private static List<IMethodSymbol> Methods(INamedTypeSymbol? type, string name) => [.. type!.GetMembers(name).OfType<IMethodSymbol>()];
}
