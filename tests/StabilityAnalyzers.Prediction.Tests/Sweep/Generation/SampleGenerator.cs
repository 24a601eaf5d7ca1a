using StabilityAnalyzers.Tests.Sweep.Generation.Families;

namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>
/// Makes random architectures as source, knowing nothing of how they are read or what is predicted of them: all kinds of layers
/// that TorchSharp users have, depth 2 to 40, width 16 to 512, written in the ways that public code shows.
/// </summary>
internal static class SampleGenerator
{
    private static readonly (double Weight, Func<Choice, Plan> Make)[] s_families =
    [
        (6, DenseFamilies.Plain),
        (3, DenseFamilies.Mixed),
        (3, DenseFamilies.LayerNorms),
        (2.5, DenseFamilies.BatchNorms),
        (4, DenseFamilies.Residual),
        (3, DenseFamilies.Gated),
        (1, DenseFamilies.Bilinear),
        (3, ConvolutionFamilies.Plain),
        (3, ConvolutionFamilies.Shrinking),
        (1.5, ConvolutionFamilies.Transposed),
        (3, ConvolutionFamilies.Normalized),
        (1.5, ConvolutionFamilies.Residual),
        (1.5, SequenceFamilies.Embedding),
        (1.5, SequenceFamilies.Recurrent),
        (1.5, SequenceFamilies.Cells),
        (1.5, SequenceFamilies.Attention),
        (1, SequenceFamilies.Transformer),
        (0.5, SequenceFamilies.WholeTransformer),
    ];

    /// <summary>The model of a seed.</summary>
    public static GeneratedModel Generate(int seed)
    {
        var choice = new Choice(seed);
        return ModelWriter.Write(choice.Weighted(s_families)(choice), seed, choice);
    }
}
