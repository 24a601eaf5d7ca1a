using Microsoft.CodeAnalysis;
using StabilityAnalyzers.Tests.Kit;
using StabilityAnalyzers.Tests.Sweep;
using StabilityAnalyzers.Tests.Sweep.Generation;
using StabilityAnalyzers.Tests.Sweep.Measurement;

namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>A fix that was offered for a source, applied, and put to the test.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Key">Equivalence key of the action.</param>
/// <param name="Title">Its title.</param>
/// <param name="Code">The source afterwards.</param>
/// <param name="Promise">What the title promises; null if it has no figures.</param>
/// <param name="MeasuredLogAfter">log10 of the figure that TorchSharp measures afterwards; null if there is no promise.</param>
/// <param name="Problem">What is wrong with the fixed source; null if nothing is.</param>
internal sealed record FixTrial(string Id, string? Key, string Title, string Code, FixPromise? Promise, double? MeasuredLogAfter, string? Problem)
{
    /// <summary>Decades between promise and measurement that are tolerated.</summary>
    public const double Tolerance = 0.3;

    // No optimizer is in sight: without the option, only what none of them could train would be reported.
    private static readonly (string, string) s_threshold = ("stability.gradient_flow.vanishing_threshold", "0.01");

    /// <summary>Promised minus measured, in decades; null if there is none but a bound.</summary>
    public double? Error => Promise is { IsBound: false } ? Promise.LogAfter - MeasuredLogAfter : null;

    /// <summary>
    /// Runs all analyzers over a source, applies each action of each fix of a gradient flow or initialisation rule to it, and
    /// looks at the result: it compiles; the rule is silent where it spoke, so that nothing can be applied a second time; and
    /// TorchSharp measures what the title promises.
    /// </summary>
    /// <param name="source">A file with <c>Generated.Net</c> and <c>Generated.Samples.Create</c>.</param>
    /// <param name="input">What the model takes.</param>
    /// <param name="normScale">By what a ratio of norms is to be multiplied for a depth factor; null where these are not compared.</param>
    public static async Task<IReadOnlyList<FixTrial>> AllOf(string source, InputBatch input, double? normScale = null)
    {
        var before = await Judged(source);
        var original = new Lazy<Original>(() => Original.Of(source, Measure(source, input)));
        var trials = new List<FixTrial>();
        foreach (var applied in await FixRunner.Apply(source, before, usings: ""))
        {
            trials.Add(await Of(applied, before, original, input, normScale));
        }

        return trials;
    }

    private static MeasuredGradient Measure(string source, InputBatch input) =>
        MeasuredGradient.Of(SourceModel.Load(SourceModel.Measurable(source)), input, SampleResult.Seeds);

    private static async Task<FixTrial> Of(AppliedFix applied, IReadOnlyList<Diagnostic> before, Lazy<Original> original, InputBatch input, double? normScale)
    {
        var id = applied.Diagnostic.Id;
        var promise = FixPromise.Of(applied.Title);
        FixTrial Result(double? measured, string? problem) => new(id, applied.Key, applied.Title, applied.Code, promise, measured, problem);

        var errors = SourceModel.Compile(applied.Code).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
        {
            return Result(null, "does not compile: " + errors[0]);
        }

        // One action repairs one diagnostic; others of the same rule stay.
        var after = (await Judged(applied.Code)).Where(diagnostic => diagnostic.Id == id).ToList();
        if (after.Count >= before.Count(diagnostic => diagnostic.Id == id))
        {
            return Result(null, "is reported again: " + after[0].GetMessage());
        }

        if (promise is { Figure: PromisedFigure.Horizon })
        {
            var horizon = MeasuredHorizon.LogOf(SourceModel.Load(SourceModel.Measurable(applied.Code)), promise.Layer, SampleResult.Seeds);
            return promise.IsBound
                ? Result(horizon, horizon < promise.LogAfter ? FormattableString.Invariant($"promises more than {promise.LogAfter:0.00}, measured {horizon:0.00}") : null)
                : Compared(horizon);
        }

        FixTrial Compared(double log) =>
            Result(log, Math.Abs(promise.LogAfter - log) > Tolerance ? FormattableString.Invariant($"promises {promise.LogAfter:0.00}, measured {log:0.00}") : null);

        var measured = Measure(applied.Code, input);
        if (promise is null)
        {
            var (then, now) = (original.Value.LogDepth, measured.LogRatio - original.Value.LogGeometry);
            return Result(null, Math.Abs(now) - Math.Abs(then) > 0.1 ? FormattableString.Invariant($"makes the gradient worse: {then:0.00} to {now:0.00}") : null);
        }

        // Where a length is not in the source, the title gives the depth factor.
        if (promise.Figure == PromisedFigure.Gradient && SourcePrediction.Of(applied.Code).Prediction?.Layers is [{ GradientRatio: null }, ..])
        {
            return normScale is { } scale && original.Value.PathNow(promise.Layer, measured) == measured.First
                ? Compared(measured.LogNormRatio + Math.Log10(scale))
                : Result(null, null);
        }

        var figures = promise.Figure == PromisedFigure.Output ? measured.LogOutputs : measured.LogRatios;
        return original.Value.PathNow(promise.Layer, measured) is { } path && figures.TryGetValue(path, out var log)
            ? Compared(log)
            : Result(null, $"'{promise.Layer}' is not called any more");
    }

    private static async Task<IReadOnlyList<Diagnostic>> Judged(string source) =>
        [.. (await Driver.Diagnostics(SourceModel.Compile(source), Driver.AllAnalyzers, s_threshold)).Where(diagnostic =>
            diagnostic.Id.StartsWith("STAB1", StringComparison.Ordinal) || diagnostic.Id.StartsWith("STAB2", StringComparison.Ordinal))];

    /// <summary>The model before the fix.</summary>
    /// <param name="Measured">What was measured of it.</param>
    /// <param name="LogGeometry">log10 of the part of the first layer's gradient ratio that is due to widths and positions.</param>
    private sealed record Original(MeasuredGradient Measured, double LogGeometry)
    {
        /// <summary>log10 of the depth factor of the first layer: a fix that promises no figure must not move it away from 1.</summary>
        internal double LogDepth => Measured.LogRatio - LogGeometry;

        internal static Original Of(string source, MeasuredGradient measured) => new(
            measured,
            SourcePrediction.Of(source).Prediction?.Layers is [{ GradientRatio: > 0 and var ratio, DepthFactor: > 0 and var depth }, ..] ? Math.Log10(ratio / depth) : 0);

        /// <summary>
        /// The path that a layer has now: what is put into a container moves the paths of what follows, but not its order.
        /// </summary>
        internal string? PathNow(string path, MeasuredGradient now)
        {
            var index = Measured.Paths.ToList().IndexOf(path);
            return now.Paths.Count == Measured.Paths.Count && index >= 0 ? now.Paths[index] : now.Paths.Contains(path) ? path : null;
        }
    }
}
