using System.Globalization;
using System.Text.RegularExpressions;

namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>
/// The figures in the title of a fix: <c>(gradient at 'fc0': 4E-18 -> 0.9)</c>, <c>(output of 'fc9': 300 -> 1.2)</c>, or
/// <c>(horizon of 'lstm': 6.6 -> 17 time steps)</c>.
/// </summary>
/// <param name="Layer">Path of the layer.</param>
/// <param name="Figure">What is promised of it.</param>
/// <param name="LogBefore">log10 of the figure before the fix.</param>
/// <param name="LogAfter">The same afterwards.</param>
internal sealed partial record FixPromise(string Layer, PromisedFigure Figure, double LogBefore, double LogAfter)
{
    /// <summary>True if the figure is a bound, which the measurement must reach.</summary>
    public bool IsBound { get; init; }

    /// <summary>The promise of a title; null if it has no figures.</summary>
    public static FixPromise? Of(string title) => Pattern().Match(title) is { Success: true } match
        ? new FixPromise(
            match.Groups["layer"].Value,
            match.Groups["what"].Value switch { "output of" => PromisedFigure.Output, "horizon of" => PromisedFigure.Horizon, _ => PromisedFigure.Gradient },
            Log(match.Groups["before"].Value),
            Log(match.Groups["after"].Value))
        {
            IsBound = match.Groups["bound"].Success,
        }
        : null;

    private static double Log(string figure) => Math.Log10(double.Parse(figure, NumberStyles.Float, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\((?<what>gradient at|output of|horizon of) '(?<layer>[^']+)': (?<before>\S+) -> (?<bound>over )?(?<after>[^\s)]+)( time steps)?\)")]
    private static partial Regex Pattern();
}
