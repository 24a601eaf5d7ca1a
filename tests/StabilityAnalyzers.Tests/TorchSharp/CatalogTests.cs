using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using StabilityAnalyzers.Symbols;
using StabilityAnalyzers.Tests.Kit;

namespace StabilityAnalyzers.Tests.Symbols;

/// <summary>Every fact in the catalogues holds in the TorchSharp that the project refers to, and none is missing.</summary>
public sealed class CatalogTests
{
    private static readonly Compilation s_compilation = CSharpCompilation.Create("catalog", references: References.WithTorchSharp);
    private static readonly TorchSharpSymbols s_symbols =
        TorchSharpSymbols.TryGet(s_compilation) ?? throw new InvalidOperationException("TorchSharp was not found.");

    public static TheoryData<string> Layers => new(LayerCatalog.Entries.Select(entry => entry.MetadataName));

    public static TheoryData<string> Optimizers => new(OptimizerCatalog.Entries.Select(entry => entry.Name));

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_is_a_module_that_a_factory_makes(string metadataName)
    {
        var type = s_compilation.GetTypeByMetadataName(metadataName);
        Assert.NotNull(type);
        Assert.True(s_symbols.IsModule(type));
        Assert.Contains(Factories(s_symbols.NN), factory => Same(factory.ReturnType.OriginalDefinition, type));
        var entry = s_symbols.LayerOf(type);
        Assert.Equal(metadataName, entry?.MetadataName);
        Assert.Equal(entry?.Family == LayerFamily.Loss, s_symbols.IsLoss(type));
    }

    [Fact]
    public void Every_factory_of_a_module_is_in_the_catalogue()
    {
        var missing = Factories(s_symbols.NN)
            .Where(factory => s_symbols.IsModule(factory.ReturnType) && s_symbols.LayerOf(factory.ReturnType) is null)
            .Select(factory => factory.ToDisplayString());
        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Optimizer_has_a_factory_whose_learning_rate_has_that_name(string name)
    {
        var entry = OptimizerCatalog.Entries.Single(candidate => candidate.Name == name);
        var type = s_compilation.GetTypeByMetadataName(entry.MetadataName);
        Assert.True(s_symbols.IsOptimizer(type));
        Assert.Same(entry, s_symbols.OptimizerOf(type));
        var factories = Factories(s_symbols.Optim).Where(factory => Same(factory.ReturnType, type)).ToList();
        Assert.NotEmpty(factories);
        Assert.All(factories, factory => Assert.Contains(factory.Parameters, parameter => parameter.Name == entry.LearningRateParameter));
        Assert.All(factories, factory => Assert.Contains(factory.Parameters[0].Name, OptimizerCatalog.ParametersParameters));
        Assert.All(
            type!.GetTypeMembers("ParamGroup").SelectMany(group => group.InstanceConstructors).Where(made => made.Parameters.Length > 0),
            made => Assert.Contains(made.Parameters[0].Name, OptimizerCatalog.ParametersParameters));
        var step = type!.GetMembers("step").OfType<IMethodSymbol>().First();
        Assert.True(TorchSharpSymbols.IsMethod(step, s_symbols.Optimizer, "step"));
        Assert.Equal(entry.NeedsClosure, StepsByClosure(name));
    }

    [Fact]
    public void Clipping_catalogue_holds_every_function_that_clips()
    {
        var functions = Factories(s_symbols.NNUtils).Where(function => function.Name.StartsWith("clip_", StringComparison.Ordinal)).ToList();
        Assert.Equal(ClippingCatalog.Names, functions.Select(function => function.Name).Order(StringComparer.Ordinal));
        Assert.All(functions, function => Assert.Contains(function.Parameters, parameter => parameter.Name == ClippingCatalog.TensorsParameter));
    }

    [Fact]
    public void Every_factory_of_an_optimizer_is_in_the_catalogue()
    {
        var missing = Factories(s_symbols.Optim)
            .Where(factory => s_symbols.IsOptimizer(factory.ReturnType) && s_symbols.OptimizerOf(factory.ReturnType) is null)
            .Select(factory => factory.ToDisplayString());
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_known_symbol_resolves()
    {
        foreach (var property in typeof(TorchSharpSymbols).GetProperties())
        {
            var value = property.GetValue(s_symbols);
            Assert.True(value is not null, property.Name);
        }

        Assert.Equal([2, 3, 4, 5, 6, 7], s_symbols.GenericModules.Select(type => type.Arity));
        Assert.Equal([2, 3, 4, 5, 6, 7], s_symbols.ModuleInterfaces.Select(type => type.Arity));
        Assert.Equal([3, 4, 5], s_symbols.Losses.Select(type => type.Arity));
    }

    [Fact]
    public void Recurrent_catalogue_holds_the_layers_and_their_cells() =>
        Assert.Equal(["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"], RecurrentCatalog.Entries.Select(entry => entry.Name));

    [Fact]
    public void Compilation_without_TorchSharp_has_no_symbols() =>
        Assert.Null(TorchSharpSymbols.TryGet(CSharpCompilation.Create("none", references: References.Framework)));

    // Only LBFGS evaluates the loss by itself: its base is the bare Optimizer.
    private static bool StepsByClosure(string name) =>
        s_compilation.GetTypeByMetadataName("TorchSharp.Modules." + name)?.BaseType?.Name == "Optimizer";

    private static IEnumerable<IMethodSymbol> Factories(INamedTypeSymbol? type) =>
        type?.GetMembers().OfType<IMethodSymbol>()
            .Where(method => method is { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Public }) ?? [];

    private static bool Same(ISymbol? a, ISymbol? b) => SymbolEqualityComparer.Default.Equals(a, b);
}
