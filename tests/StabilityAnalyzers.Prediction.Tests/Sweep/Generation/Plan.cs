namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>What a model consists of, before it is decided how it is written: a chain with a block that repeats.</summary>
/// <param name="Group">The row of the table that it belongs to.</param>
/// <param name="Kind">What it consists of, in a few words.</param>
/// <param name="Input">What it takes.</param>
/// <param name="Width">Width of the block: what <c>$W</c> stands for.</param>
/// <param name="Stem">What comes before the blocks.</param>
/// <param name="Block">The block.</param>
/// <param name="Count">How many blocks.</param>
/// <param name="Tail">What comes behind them.</param>
internal sealed record Plan(
    string Group, string Kind, InputBatch Input, int Width, IReadOnlyList<Step> Stem, IReadOnlyList<Step> Block, int Count, IReadOnlyList<Step> Tail)
{
    /// <summary>Terms that add up to one unit, where that is not <see cref="Width"/>.</summary>
    public double? Terms { get; init; }

    /// <summary>
    /// By what the ratio of the norms of two layers' gradients is to be multiplied for a depth factor, where nothing pools or
    /// strides; null where only gradient ratios are compared.
    /// </summary>
    public double? NormScale { get; init; }

    /// <summary>True if a norm takes its moments over samples or positions.</summary>
    public bool NormalizesOverBatch { get; init; }

    /// <summary>Initialises all layers of a class at the end of the constructor; null if each is initialised where it is made.</summary>
    public GlobalInitialization? Initialization { get; init; }

    /// <summary>Layers with weights on the longest way.</summary>
    public int Depth => Step.DepthOf(Stem) + (Count * Step.DepthOf(Block)) + Step.DepthOf(Tail);
}

/// <summary>Initialises all layers of some classes.</summary>
/// <param name="Types">The classes.</param>
/// <param name="Weight">Statement for the weight, with <c>{0}</c> for it.</param>
/// <param name="Bias">Statement for the bias; null to leave it.</param>
/// <param name="HasNorms">True if other modules of the model have weights too.</param>
internal sealed record GlobalInitialization(IReadOnlyList<string> Types, string Weight, string? Bias, bool HasNorms);
