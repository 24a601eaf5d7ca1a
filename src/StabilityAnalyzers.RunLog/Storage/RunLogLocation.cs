using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StabilityAnalyzers.RunLog;

/// <summary>
/// Where run files are kept: <c>.stability/runs/&lt;UTC time&gt;-&lt;model&gt;-&lt;id&gt;.stability.db</c> below a base folder.
/// </summary>
public static class RunLogLocation
{
    /// <summary>How the name of every run file ends.</summary>
    public const string Extension = ".stability.db";

    private const string TimeFormat = "yyyyMMdd-HHmmss";

    private const int LongestModelName = 40;

    /// <summary>Folder of the run files below a base folder.</summary>
    /// <param name="baseDirectory">The base folder; null for the current one.</param>
    public static string Folder(string? baseDirectory = null) =>
        Path.Combine(Path.GetFullPath(baseDirectory ?? "."), ".stability", "runs");

    /// <summary>
    /// A path for a new run file; another one at every call, also for the same run. The name holds nothing but ASCII
    /// letters, digits, hyphens, underscores and points, whatever the type of the model is called.
    /// </summary>
    /// <param name="run">What the run is about.</param>
    /// <param name="baseDirectory">The base folder; null for the current one. Nothing is made there.</param>
    public static string NewFile(RunInfo run, string? baseDirectory = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        var time = run.Started.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        var id = RandomNumberGenerator.GetHexString(8, lowercase: true);
        return Path.Combine(Folder(baseDirectory), $"{time}-{ShortName(run.ModelType)}-{id}{Extension}");
    }

    /// <summary>The run files below a base folder, the newest first; none if the folder does not exist.</summary>
    /// <param name="baseDirectory">The base folder; null for the current one.</param>
    public static IReadOnlyList<string> Files(string? baseDirectory = null)
    {
        try
        {
            var files = Directory.GetFiles(Folder(baseDirectory), "*" + Extension);
            Array.Sort(files, (x, y) => string.CompareOrdinal(y, x));
            return files;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary><c>Name.Space.Outer+Model`1[[...]]</c> -> <c>Model</c>, with every other sign replaced.</summary>
    private static string ShortName(string modelType)
    {
        var end = modelType.AsSpan().IndexOfAny('`', '[', '<');
        var name = end < 0 ? modelType.AsSpan() : modelType.AsSpan(0, end);
        name = name[(name.LastIndexOfAny('.', '+') + 1)..];
        var safe = new StringBuilder();
        foreach (var letter in name[..Math.Min(name.Length, LongestModelName)])
        {
            safe.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        }

        return safe.Length == 0 ? "model" : safe.ToString();
    }
}
