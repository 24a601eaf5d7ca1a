namespace StabilityAnalyzers.RunLog;

/// <summary>
/// What one pass over a tensor says about it. Every figure but the counts is over the finite elements only, so that a
/// single NaN is counted and does not hide the rest.
/// </summary>
/// <param name="Count">Number of elements, finite or not.</param>
/// <param name="Mean">Mean of the finite elements; 0 if there is none.</param>
/// <param name="MeanAbs">Mean of the absolute values of the finite elements.</param>
/// <param name="Std">Population standard deviation of the finite elements.</param>
/// <param name="Min">Least finite element; 0 if there is none.</param>
/// <param name="Max">Greatest finite element; 0 if there is none.</param>
/// <param name="MaxAbs">Greatest absolute value of a finite element.</param>
/// <param name="L2">Euclidean norm of the finite elements.</param>
/// <param name="ZeroCount">Elements that are exactly zero.</param>
/// <param name="NonFiniteCount">Elements that are NaN or infinite.</param>
public readonly record struct TensorStatistics(
    long Count,
    double Mean,
    double MeanAbs,
    double Std,
    double Min,
    double Max,
    double MaxAbs,
    double L2,
    long ZeroCount,
    long NonFiniteCount)
{
    /// <summary>Number of finite elements.</summary>
    public long FiniteCount => Count - NonFiniteCount;

    /// <summary>Root mean square of the finite elements; 0 if there is none.</summary>
    public double Rms => FiniteCount > 0 ? L2 / Math.Sqrt(FiniteCount) : 0;

    /// <summary>Share of elements that are exactly zero, from 0 to 1; 0 for an empty tensor.</summary>
    public double ZeroShare => Count > 0 ? (double)ZeroCount / Count : 0;

    /// <summary>True if no element is NaN or infinite.</summary>
    public bool IsFinite => NonFiniteCount == 0;
}
