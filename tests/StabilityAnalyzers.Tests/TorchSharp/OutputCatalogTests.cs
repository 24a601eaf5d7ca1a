using System.Reflection;
using StabilityAnalyzers.Symbols;
using TorchSharp;

namespace StabilityAnalyzers.Tests.Symbols;

public sealed class OutputCatalogTests
{
    private static readonly Assembly s_assembly = typeof(torch).Assembly;

    public static TheoryData<string> Layers => [.. OutputCatalog.Layers.Keys];

    public static TheoryData<string> Functions => [.. OutputCatalog.Functions.Keys];

    public static TheoryData<string, string> Losses => new(LossCatalog.Entries.Select(loss => (loss.Class, loss.Function)));

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_exists(string name) => Assert.NotNull(s_assembly.GetType("TorchSharp.Modules." + name));

    [Theory]
    [MemberData(nameof(Functions))]
    public void Function_exists(string name) => Assert.Contains(
        new[] { typeof(torch), typeof(torch.Tensor), typeof(torch.nn.functional), typeof(torch.special) },
        type => type.GetMethods().Any(method => method.Name == name && method.ReturnType == typeof(torch.Tensor)));

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_exists_as_class_and_as_function(string loss, string function)
    {
        var factory = Assert.Single(typeof(torch.nn).GetMethods(), method => method.Name == loss);
        Assert.Equal(s_assembly.GetType("TorchSharp.Modules." + loss), factory.ReturnType);
        var parameters = Assert.Single(typeof(torch.nn.functional).GetMethods(), method => method.Name == function).GetParameters();
        Assert.Equal(["input", "target"], parameters.Take(2).Select(parameter => parameter.Name));
    }
}
