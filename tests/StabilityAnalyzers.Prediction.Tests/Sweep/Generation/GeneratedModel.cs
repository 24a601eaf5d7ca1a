namespace StabilityAnalyzers.Tests.Sweep.Generation;

/// <summary>A random architecture, written as C#.</summary>
/// <param name="Seed">The seed that makes it again.</param>
/// <param name="Group">The row of the table that it belongs to.</param>
/// <param name="Kind">What it consists of, in a few words.</param>
/// <param name="Style">How it is written, in a few words.</param>
/// <param name="Source">
/// A file with the class <c>Generated.Net</c> and a method <c>Generated.Samples.Create</c>, which makes it: what the prediction
/// reads.
/// </param>
/// <param name="Input">The input that it takes.</param>
/// <param name="Depth">Layers with weights on the longest way.</param>
/// <param name="Width">Least number of terms that add up to a unit of a hidden layer.</param>
/// <param name="NormalizesOverBatch">True if a norm takes its moments over samples or positions.</param>
internal sealed record GeneratedModel(
    int Seed,
    string Group,
    string Kind,
    string Style,
    string Source,
    InputBatch Input,
    int Depth,
    double Width,
    bool NormalizesOverBatch)
{
    /// <summary>By what the ratio of norms is to be multiplied for a depth factor; null where these are not compared.</summary>
    public double? NormScale { get; init; }

    /// <summary>The same file where hooks see every layer.</summary>
    public string MeasuredSource => SourceModel.Measurable(Source);

    /// <summary>Depth over width; up to a quarter, the limit of wide layers is expected to hold (Roberts 2022).</summary>
    public double DepthOverWidth => Depth / Width;
}

/// <summary>What a model takes: standard normal numbers, or indices.</summary>
/// <param name="Shape">Sizes of the tensor, batch first.</param>
/// <param name="Vocabulary">Number of different indices; null for numbers.</param>
internal sealed record InputBatch(long[] Shape, long? Vocabulary = null);
