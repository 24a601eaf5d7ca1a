using System.Collections.Immutable;

namespace StabilityAnalyzers.Symbols;

/// <summary>The losses whose input must have a certain form.</summary>
internal enum LossKind
{
    /// <summary>It takes logits, and computes log_softmax itself.</summary>
    CrossEntropy,

    /// <summary>It takes the logarithms of probabilities.</summary>
    NegativeLogLikelihood,

    /// <summary>It takes probabilities, each by itself.</summary>
    BinaryCrossEntropy,

    /// <summary>It takes logits, and computes the sigmoid itself.</summary>
    BinaryCrossEntropyWithLogits,

    /// <summary>It compares the logarithms of probabilities with probabilities or their logarithms.</summary>
    KullbackLeibler,

    /// <summary>It compares numbers with numbers.</summary>
    Regression,
}

/// <summary>The losses that rules ask about, as classes and as functions. A test resolves every entry against the assembly.</summary>
internal static class LossCatalog
{
    /// <summary>The losses: the class that a factory of <c>torch.nn</c> makes, and the function of <c>functional</c>.</summary>
    public static ImmutableArray<(string Class, string Function, LossKind Kind)> Entries { get; } = ImmutableArray.Create<(string Class, string Function, LossKind Kind)>(
    [
        ("CrossEntropyLoss", "cross_entropy", LossKind.CrossEntropy),
        ("NLLLoss", "nll_loss", LossKind.NegativeLogLikelihood),
        ("BCELoss", "binary_cross_entropy", LossKind.BinaryCrossEntropy),
        ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", LossKind.BinaryCrossEntropyWithLogits),
        ("KLDivLoss", "kl_div", LossKind.KullbackLeibler),
        ("MSELoss", "mse_loss", LossKind.Regression),
        ("L1Loss", "l1_loss", LossKind.Regression),
        ("SmoothL1Loss", "smooth_l1_loss", LossKind.Regression),
        ("HuberLoss", "huber_loss", LossKind.Regression),
    ]);

    /// <summary>The kinds, by name of the class.</summary>
    public static ImmutableDictionary<string, LossKind> Classes { get; } = Entries.ToImmutableDictionary(entry => entry.Class, entry => entry.Kind);

    /// <summary>The kinds, by name of the function.</summary>
    public static ImmutableDictionary<string, LossKind> Functions { get; } = Entries.ToImmutableDictionary(entry => entry.Function, entry => entry.Kind);
}
