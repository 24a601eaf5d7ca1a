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
    /// <remarks>
    /// The ranges are wider than any recipe that is known to work. Those that divide by the size of the gradient move each
    /// weight by about the rate itself, so that at 1 nothing is left of an initial weight (Adam: 1e-3, Kingma and Ba 2015).
    /// Plain SGD has been used up to 30, clipped (Merity et al. 2018). Adadelta is meant to be used with 1 (Zeiler 2012).
    /// Below 1e-8 such a step is lost in the rounding of a single-precision weight; how small a rate plain SGD may need depends
    /// on the size of the gradient.
    /// </remarks>
    public static ImmutableArray<OptimizerEntry> Entries { get; } = ImmutableArray.Create<OptimizerEntry>(
    [
        new("Adadelta", Rates: (1e-6, 100)),
        new("Adagrad", Rates: (1e-8, 1000)),
        new("Adam", Rates: (1e-8, 1)),
        new("Adamax", Rates: (1e-8, 1)),
        new("AdamW", Rates: (1e-8, 1)),
        new("ASGD", Rates: (1e-12, 100)),
        new("LBFGS", NeedsClosure: true),
        new("NAdam", Rates: (1e-8, 1)),
        new("RAdam", Rates: (1e-8, 1)),
        new("RMSProp", Rates: (1e-8, 1000)),
        new("Rprop"),
        new("SGD", LearningRateParameter: "learningRate", Rates: (1e-12, 100)),
    ]);
}
