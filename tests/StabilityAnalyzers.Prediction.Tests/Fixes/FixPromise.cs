using System.Globalization;
using System.Text.RegularExpressions;

namespace StabilityAnalyzers.Tests.Fixes;

/// <summary>
/// The figures in the title of a fix: <c>(gradient at 'fc0': 4E-18 -> 0.9)</c>, or <c>(output of 'fc9': 300 -> 1.2)</c>.
/// </summary>
/// <param name="Layer">Path of the layer.</param>
/// <param name="IsOutput">True for the RMS of the layer's output, false for its gradient ratio.</param>
/// <param name="LogBefore">log10 of the figure before the fix.</param>
/// <param name="LogAfter">The same afterwards.</param>
internal sealed partial record FixPromise(string Layer, bool IsOutput, double LogBefore, double LogAfter)
{
    /// <summary>The promise of a title; null if it has no figures.</summary>
    public static FixPromise? Of(string title) => Pattern().Match(title) is { Success: true } match
        ? new FixPromise(
            match.Groups["layer"].Value,
            match.Groups["what"].Value == "output of",
            Log(match.Groups["before"].Value),
            Log(match.Groups["after"].Value))
        : null;

    private static double Log(string figure) => Math.Log10(double.Parse(figure, NumberStyles.Float, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\((?<what>gradient at|output of) '(?<layer>[^']+)': (?<before>\S+) -> (?<after>[^\s)]+)\)")]
    private static partial Regex Pattern();
}
