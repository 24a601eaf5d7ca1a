using System.CommandLine;
using StabilityAnalyzers.Baseline;

namespace StabilityAnalyzers.Cli.Commands;

/// <summary>Where the baseline is, and what it says.</summary>
internal static class BaselineArguments
{
    /// <summary>The option that names the file.</summary>
    public static Option<string?> Option() => new("--baseline")
    {
        Description = $"The baseline; without it the nearest {BaselineFile.FileName} in the source's folder or above it.",
        HelpName = "FILE",
    };

    /// <summary>The nearest baseline in the folder of a source or above it; null if there is none.</summary>
    public static string? Nearest(string source)
    {
        for (var folder = FolderOf(source); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Path.Combine(folder, BaselineFile.FileName) is var path && File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>The folder of a project, solution or file; a folder is its own.</summary>
    public static string? FolderOf(string source) => Directory.Exists(source) ? source : Path.GetDirectoryName(source);

    /// <summary>The entries of a baseline.</summary>
    /// <exception cref="CommandException">It does not exist, or a line cannot be read.</exception>
    public static IReadOnlyList<BaselineEntry> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"the baseline '{path}' does not exist");
        }

        var file = BaselineFile.Parse(File.ReadAllLines(path));
        return file.Problems.IsEmpty
            ? file.Entries
            : throw new CommandException($"{path}({file.Problems[0].Line + 1}): the line {file.Problems[0].Problem}");
    }
}
