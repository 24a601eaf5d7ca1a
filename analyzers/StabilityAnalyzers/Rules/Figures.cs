using System.Globalization;

namespace StabilityAnalyzers.Rules;

/// <summary>Numbers in messages and in diagnostic properties.</summary>
internal static class Figures
{
    /// <summary>A number for people: two significant digits.</summary>
    public static string ForPeople(double value)
    {
        var size = Math.Abs(value);
        if (size == 0 || double.IsInfinity(size) || double.IsNaN(size))
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        return size >= 0.001 && size < 1000
            ? value.ToString(size >= 10 ? "0" : size >= 1 ? "0.0" : size >= 0.1 ? "0.00" : size >= 0.01 ? "0.000" : "0.0000", CultureInfo.InvariantCulture)
            : value.ToString("0.0E-0", CultureInfo.InvariantCulture);
    }

    /// <summary>A number that reads back to the same bits.</summary>
    public static string ForPrograms(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
