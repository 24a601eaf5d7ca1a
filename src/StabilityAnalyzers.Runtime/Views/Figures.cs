using System.Globalization;

namespace StabilityAnalyzers.Runtime;

/// <summary>Numbers as the views show them: short, the same in every culture.</summary>
internal static class Figures
{
    /// <summary>What stands for a value that is not known.</summary>
    public const string Unknown = "-";

    /// <summary>A ratio with two digits: <c>0.14</c>, <c>6.2E-11</c>, <c>1</c>.</summary>
    public static string Ratio(double? ratio) => ratio switch
    {
        null => Unknown,
        0 => "0",
        >= 0.001 and < 1000 and var plain => plain.ToString("G3", CultureInfo.InvariantCulture),
        var other => other.Value.ToString("0.0E-0", CultureInfo.InvariantCulture),
    };

    /// <summary>A loss or another quantity with four digits.</summary>
    public static string Quantity(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>A difference of logarithms with its sign: <c>+0.03</c>.</summary>
    public static string Decades(double? decades) => decades?.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>A duration: <c>1:02:03</c>, <c>0:07</c>.</summary>
    public static string Duration(TimeSpan duration) =>
        duration.ToString(duration.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
}
