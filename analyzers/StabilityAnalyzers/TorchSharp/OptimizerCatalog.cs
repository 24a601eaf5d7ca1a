using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>
/// Every optimizer that a factory of <c>torch.optim</c> makes, in TorchSharp 0.107. A test resolves each entry against
/// the assembly, and finds no factory that is missing here.
/// </summary>
internal static class OptimizerCatalog
{
    /// <summary>What a factory or constructor, also that of a parameter group, calls the parameters that it is given.</summary>
    public static ImmutableArray<string> ParametersParameters { get; } = ImmutableArray.Create("parameters", "named_parameters");

    /// <summary>The optimizers.</summary>
    public static ImmutableArray<OptimizerEntry> Entries { get; } = ImmutableArray.Create<OptimizerEntry>(
    [
        new("Adadelta"),
        new("Adagrad"),
        new("Adam"),
        new("Adamax"),
        new("AdamW"),
        new("ASGD"),
        new("LBFGS", NeedsClosure: true),
        new("NAdam"),
        new("RAdam"),
        new("RMSProp"),
        new("Rprop"),
        new("SGD", LearningRateParameter: "learningRate"),
    ]);
}
