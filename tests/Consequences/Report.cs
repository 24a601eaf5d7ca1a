using System.Globalization;

namespace Consequences;

/// <summary>Prints tables as the pages of the rules hold them.</summary>
internal static class Report
{
    /// <summary>The head of a table.</summary>
    public static void Head(params string[] columns)
    {
        Row([.. columns]);
        Console.WriteLine("|" + string.Concat(columns.Select(_ => "---|")));
    }

    /// <summary>A row of a table.</summary>
    public static void Row(params object[] cells) =>
        Console.WriteLine("| " + string.Join(" | ", cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture))) + " |");

    /// <summary>A number as the tables have it.</summary>
    public static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
