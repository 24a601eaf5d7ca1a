namespace StabilityAnalyzers.RunLog.Tests;

/// <summary>Runs of a model of two layers, 'first' and 'head', as the detectors see them.</summary>
internal static class Sequence
{
    private const long Batch = 32;

    /// <summary>Both layers have the same width and the prediction knows them: the ratio is the depth factor.</summary>
    public static readonly RunInfo Square = Some.Run(new("first", "Linear", 1, 1), new("head", "Linear", 1, 1));

    /// <summary>The same without a prediction.</summary>
    public static readonly RunInfo Unpredicted = Some.Run(new LayerInfo("first", "Linear"), new LayerInfo("head", "Linear"));

    /// <summary>A step in which the error signal has these RMS values.</summary>
    public static StepRecord Step(
        long step,
        double first,
        double head = 1,
        double? loss = null,
        long firstWidth = 1,
        long headWidth = 1,
        double gradient = 1,
        int calls = 1) => Some.Step(
        step,
        loss,
        [
            new("first.weight", Some.Uniform(gradient * 0.1), 1, true),
            new("head.weight", Some.Uniform(gradient), 1, true),
        ],
        [
            new("first", Some.Uniform(first, firstWidth * Batch), calls),
            new("head", Some.Uniform(head, headWidth * Batch)),
        ]);

    public static IEnumerable<StepRecord> Steps(int count, Func<int, StepRecord> step) => Enumerable.Range(0, count).Select(step);

    /// <summary>A loss that falls as in a training that works: from 1.4 to 0.05.</summary>
    public static double Falling(int step) => 0.05 + (1.35 * Math.Exp(-step / 20.0));

    /// <summary>A loss that stays at chance, with a little noise.</summary>
    public static double Flat(int step) => 1.386 + (0.004 * Math.Sin(step * 1.7));

    public static List<Finding> Findings(this IDetector detector, RunInfo run, IEnumerable<StepRecord> steps) =>
        [.. steps.SelectMany(step => detector.Observe(run, step))];

    /// <summary>What the default set finds; no detector may throw.</summary>
    public static List<Finding> Findings(RunInfo run, IEnumerable<StepRecord> steps)
    {
        var set = DetectorSet.Default();
        var findings = steps.SelectMany(step => set.Observe(run, step)).ToList();
        Assert.Empty(set.Failures);
        return findings;
    }
}
