using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace StabilityAnalyzers.Baseline;

/// <summary>
/// The text file of accepted findings: one line for a rule and a symbol, sorted, so that it merges well. It names neither
/// lines nor messages nor ratios, which change with every edit.
/// </summary>
/// <example><c>STAB3001 M:Forecasting.Trainer.Train(System.Int32) x2</c></example>
internal sealed class BaselineFile
{
    /// <summary>The name by which the file is found; anything may stand before it.</summary>
    public const string FileName = "stability.baseline";

    // A damaged file must not fill the editor.
    private const int MostProblems = 20;

    private static readonly Regex s_line = new(
        @"^(?<rule>STAB\d{4})[ \t]+(?<symbol>\S+)(?:[ \t]+x(?<count>[1-9]\d{0,8}))?$", RegexOptions.CultureInvariant);

    private BaselineFile(ImmutableArray<BaselineEntry> entries, ImmutableArray<(int Line, string Problem)> problems)
    {
        Entries = entries;
        Problems = problems;
    }

    /// <summary>The entries, in the order of the file.</summary>
    public ImmutableArray<BaselineEntry> Entries { get; }

    /// <summary>What is wrong with the file, by line from 0 on; the lines that can be read count all the same.</summary>
    public ImmutableArray<(int Line, string Problem)> Problems { get; }

    /// <summary>True for the path of a baseline.</summary>
    public static bool IsBaseline(string path) => path.EndsWith(FileName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the lines of a file. Empty lines and those that begin with <c>#</c> are left out.</summary>
    public static BaselineFile Parse(IEnumerable<string> lines)
    {
        var entries = ImmutableArray.CreateBuilder<BaselineEntry>();
        var problems = ImmutableArray.CreateBuilder<(int, string)>();
        var seen = new HashSet<(string, string)>();
        var number = -1;
        foreach (var line in lines.Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (s_line.Match(line) is not { Success: true } match)
            {
                Add(number, "is not 'STAB0000 symbol' or 'STAB0000 symbol xN'");
            }
            else if (!seen.Add((match.Groups["rule"].Value, match.Groups["symbol"].Value)))
            {
                Add(number, "names a rule and a symbol that an earlier line names");
            }
            else
            {
                var count = match.Groups["count"] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 1;
                entries.Add(new BaselineEntry(match.Groups["rule"].Value, match.Groups["symbol"].Value, count));
            }
        }

        return new BaselineFile(entries.ToImmutable(), problems.ToImmutable());

        void Add(int at, string problem)
        {
            if (problems.Count < MostProblems)
            {
                problems.Add((at, problem));
            }
        }
    }

    /// <summary>The text of a file that holds these entries: sorted, with a comment on top, lines ended by a line feed.</summary>
    public static string Write(IEnumerable<BaselineEntry> entries)
    {
        var text = new StringBuilder("# Stability findings that are accepted for now, as rule, symbol and count. Written by 'stability baseline'.\n");
        foreach (var entry in entries.OrderBy(entry => entry.Symbol, StringComparer.Ordinal).ThenBy(entry => entry.RuleId, StringComparer.Ordinal))
        {
            text.Append(entry).Append('\n');
        }

        return text.ToString();
    }
}
