namespace StabilityAnalyzers.RunLog;

/// <summary>What a run showed of one layer, with the prediction beside it. Ratios are to the last layer of the model.</summary>
/// <param name="Path">Module path.</param>
/// <param name="Kind">Kind of layer; null if the run does not say.</param>
/// <param name="PredictedRatio">Predicted gradient ratio at initialisation; null if unknown.</param>
/// <param name="PredictedDepthFactor">Predicted depth factor at initialisation; null if unknown.</param>
/// <param name="InitialRatio">
/// Measured gradient ratio at the first sampled step that showed it: what the prediction is compared with; null if it
/// was never seen.
/// </param>
/// <param name="InitialStep">That step; null if there is none.</param>
/// <param name="MedianRatio">Median of the measured ratio over the sampled steps; null if it was never seen.</param>
/// <param name="LatestRatio">Measured ratio at the latest step that showed it; null if it was never seen.</param>
/// <param name="Samples">Steps that showed it.</param>
public sealed record LayerSummary(
    string Path,
    string? Kind,
    double? PredictedRatio,
    double? PredictedDepthFactor,
    double? InitialRatio,
    long? InitialStep,
    double? MedianRatio,
    double? LatestRatio,
    long Samples)
{
    /// <summary>
    /// By how many decades the initial measurement is above (positive) or below the prediction; null if either is unknown
    /// or 0.
    /// </summary>
    public double? DecadesOff =>
        InitialRatio > 0 && PredictedRatio > 0 ? Math.Log10(InitialRatio.Value) - Math.Log10(PredictedRatio.Value) : null;
}

/// <summary>A run in one table: what every view of it shows, whether console, report or comparison.</summary>
/// <param name="Run">What the run is about.</param>
/// <param name="Layers">The layers in forward order.</param>
/// <param name="Findings">What the detectors found, in the order of time.</param>
/// <param name="Steps">Sampled steps.</param>
/// <param name="LastStep">Number of the latest of them; null if there is none.</param>
/// <param name="Duration">Time of the latest of them since the start; null if there is none.</param>
/// <param name="InitialLoss">The first loss that was recorded; null if none was.</param>
/// <param name="LatestLoss">The latest loss that was recorded; null if none was.</param>
/// <param name="LostRecords">Steps and findings that the run file lacks.</param>
public sealed record RunSummary(
    RunInfo Run,
    IReadOnlyList<LayerSummary> Layers,
    IReadOnlyList<Finding> Findings,
    long Steps,
    long? LastStep,
    TimeSpan? Duration,
    double? InitialLoss,
    double? LatestLoss,
    long LostRecords)
{
    /// <summary>The summary of a run file, as far as it is written.</summary>
    /// <param name="reader">The run file.</param>
    /// <exception cref="RunFileException">The file is damaged.</exception>
    public static RunSummary Of(RunLogReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var builder = new RunSummaryBuilder(reader.Run);
        foreach (var step in reader.ReadSteps())
        {
            builder.Add(step);
        }

        foreach (var finding in reader.ReadFindings())
        {
            builder.Add(finding);
        }

        return builder.Build(reader.ReadStatus().Lost);
    }
}
